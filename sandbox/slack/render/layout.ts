/** How many columns a text takes in a terminal: wide characters and emoji take two, joiners none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0x200d || (code >= 0xfe00 && code <= 0xfe0f) || /\p{Mn}/u.test(character)) continue;
    width +=
      (code >= 0x1100 &&
        /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(character)) ||
      code >= 0x1f300
        ? 2
        : 1;
  }
  return width;
}

/** Fills with blanks to a width. */
export function pad(text: string, width: number, align: 'left' | 'right' | 'center' = 'left'): string {
  const missing = Math.max(0, width - widthOf(text));
  if (align === 'right') return ' '.repeat(missing) + text;
  const before = align === 'center' ? Math.floor(missing / 2) : 0;
  return ' '.repeat(before) + text + ' '.repeat(missing - before);
}

/** Breaks text into lines of at most `width`; lines after the first of a paragraph keep its indent and list mark. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, Math.max(8, width)));
}

function wrapLine(line: string, width: number): string[] {
  if (widthOf(line) <= width) return [line.trimEnd()];
  const mark = /^(\s*(?:[-*•]|\d+\.)?\s*)/u.exec(line)?.[1] ?? '';
  const indent = ' '.repeat(Math.min(widthOf(mark), Math.floor(width / 2)));
  const lines: string[] = [];
  let current = mark.trimEnd() === '' ? mark : `${mark.trimEnd()} `;
  let empty = true;
  for (const word of line.slice(mark.length).split(' ')) {
    for (const piece of pieces(word, width - widthOf(indent))) {
      if (!empty && widthOf(current) + 1 + widthOf(piece) > width) {
        lines.push(current.trimEnd());
        current = indent;
        empty = true;
      }
      current += empty ? piece : ` ${piece}`;
      empty = false;
    }
  }
  return [...lines, current.trimEnd()];
}

/** A word too long for a line, in parts that are not. */
function pieces(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const parts: string[] = [''];
  for (const character of word) {
    if (widthOf((parts.at(-1) ?? '') + character) > width) parts.push('');
    parts[parts.length - 1] += character;
  }
  return parts;
}

/** Cuts to a width, with an ellipsis. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (widthOf(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
