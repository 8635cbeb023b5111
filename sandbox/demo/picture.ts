const LINE_PX = 18;
const CHAR_PX = 8.4;
const WIDTH_CHARS = 84;

/** Draws lines of text as a channel of a dark Slack: an SVG without scripts, fonts or outside references. */
export function channelPicture(text: string): string {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const width = Math.round(WIDTH_CHARS * CHAR_PX) + 40;
  const height = lines.length * LINE_PX + 40;
  const rows = lines.map((line, index) => {
    const y = 30 + index * LINE_PX;
    return `<text x="20" y="${y}" fill="${colour(line)}" xml:space="preserve">${escape(sign(line))}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">`,
    `<rect width="100%" height="100%" rx="8" fill="#1a1d21"/>`,
    ...rows,
    '</svg>\n',
  ].join('\n');
}

/** Emoji of Slack's short names, where the picture has a plain sign for them. */
const SIGNS: Readonly<Record<string, string>> = {
  ':heavy_plus_sign:': '+',
  ':pencil2:': '~',
  ':mag:': '?',
  ':white_check_mark:': '✓',
  ':large_green_circle:': '●',
  ':small_blue_diamond:': '·',
  ':satellite_antenna:': '▲',
  ':tv:': '▶',
  ':gear:': '⚙',
  ':globe_with_meridians:': '◎',
};

function sign(line: string): string {
  return line.replace(/:[a-z0-9_]+:/g, (name) => SIGNS[name] ?? '');
}

function colour(line: string): string {
  if (line.startsWith('── #')) return '#9a9b9e';
  if (/^(ams|dana|alex) /.test(line.trim())) return '#e8912d';
  if (/✓|:white_check_mark:|:large_green_circle:/.test(line)) return '#7bc47f';
  if (/https?:\/\//.test(line)) return '#1d9bd1';
  return '#d1d2d3';
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
