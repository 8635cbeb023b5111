import { isJson, jsonOf, listOf, objectsOf, textOf, wordOf } from '../json.ts';
import type { Json } from '../json.ts';
import { cut, pad, widthOf, wrap } from './layout.ts';
import { readMrkdwn, readSpans, readText } from './text.ts';
import type { Names } from './text.ts';

/** Block Kit JSON as lines of plain text, none wider than `width` columns. */
export function renderBlocks(blocks: readonly Json[], names: Names, width: number): string[] {
  return blocks.flatMap((block) => renderBlock(block, names, width));
}

function renderBlock(block: Json, names: Names, width: number): string[] {
  switch (block['type']) {
    case 'header': {
      const lines = wrap(readText(block['text'], names), width);
      const under = '─'.repeat(Math.min(width, Math.max(...lines.map(widthOf))));
      return [...lines, under];
    }
    case 'section':
      return renderSection(block, names, width);
    case 'context':
      return wrap(
        objectsOf(block['elements'])
          .map((one) => contextItem(one, names))
          .join('  '),
        width - 2,
      ).map((line) => `  ${line}`);
    case 'actions':
      return wrap(
        objectsOf(block['elements'])
          .map((one) => renderElement(one, names))
          .join(' '),
        width,
      );
    case 'context_actions':
      return wrap(
        objectsOf(block['elements'])
          .map((one) => renderElement(one, names))
          .join(' '),
        width,
      );
    case 'divider':
      return ['┄'.repeat(width)];
    case 'image':
      return wrap(`[image: ${wordOf(block['alt_text'])}]`, width);
    case 'input':
      return renderInput(block, names, width);
    case 'markdown':
      return wrap(wordOf(block['text']), width);
    case 'rich_text':
      return renderRichText(block, names, width);
    case 'table':
    case 'data_table':
      return renderTable(block, names, width);
    case 'plan':
      return [
        ...wrap(wordOf(block['title']), width),
        ...objectsOf(block['tasks']).flatMap((task) =>
          renderTask(task, names, width - 2).map((line) => `  ${line}`),
        ),
      ];
    case 'task_card':
      return renderTask(block, names, width);
    case 'alert':
      return wrap(`[${textOf(block['level']) ?? 'note'}] ${readText(block['text'], names)}`, width);
    case 'card':
      return [
        ...['title', 'subtitle', 'body'].flatMap((key) =>
          block[key] === undefined ? [] : wrap(readText(block[key], names), width),
        ),
        ...(block['actions'] === undefined
          ? []
          : wrap(
              objectsOf(block['actions'])
                .map((one) => renderElement(one, names))
                .join(' '),
              width,
            )),
      ];
    case 'carousel':
      return objectsOf(block['elements']).flatMap((card) =>
        renderBlock(card, names, width - 2).map((line) => `| ${line}`),
      );
    case 'container':
      return [
        ...wrap(readText(block['title'], names), width),
        ...renderBlocks(objectsOf(block['child_blocks']), names, width - 2).map((line) => `│ ${line}`),
      ];
    default:
      return [`[${wordOf(block['type'])}]`];
  }
}

function renderSection(block: Json, names: Names, width: number): string[] {
  const lines = block['text'] === undefined ? [] : wrap(readText(block['text'], names), width);
  const fields = objectsOf(block['fields']).map((field) => readText(field, names));
  const half = Math.floor((width - 2) / 2);
  for (let index = 0; index < fields.length; index += 2) {
    const left = wrap(fields[index] ?? '', half);
    const right = wrap(fields[index + 1] ?? '', half);
    for (let row = 0; row < Math.max(left.length, right.length); row += 1) {
      lines.push(`${pad(left[row] ?? '', half)}  ${right[row] ?? ''}`.trimEnd());
    }
  }
  const { accessory } = block;
  return isJson(accessory) ? [...lines, ...wrap(renderElement(accessory, names), width)] : lines;
}

function contextItem(one: Json, names: Names): string {
  return one['type'] === 'image' ? `[${wordOf(one['alt_text'])}]` : readText(one, names);
}

/** A button as [Text], a menu as [Placeholder ▾]. */
function renderElement(element: Json, names: Names): string {
  const type = textOf(element['type']) ?? '';
  if (type === 'image') return `[image: ${wordOf(element['alt_text'])}]`;
  if (type === 'button' || type === 'workflow_button' || type === 'icon_button') {
    return `[${readText(element['text'], names)}]`;
  }
  if (type === 'overflow') return '[⋯]';
  if (type === 'checkboxes' || type === 'radio_buttons') {
    const initial = JSON.stringify(element['initial_options'] ?? [element['initial_option']]);
    const mark = type === 'checkboxes' ? ['[x]', '[ ]'] : ['(o)', '( )'];
    return objectsOf(element['options'])
      .map(
        (one) =>
          `${initial.includes(JSON.stringify(one['value'])) ? mark[0] : mark[1]} ${readText(one['text'], names)}`,
      )
      .join('  ');
  }
  if (type === 'feedback_buttons') return '[+1] [-1]';
  const chosen = jsonOf(element['initial_option'])['text'] ?? element['placeholder'];
  const begin =
    element['initial_value'] ??
    element['initial_date'] ??
    element['initial_time'] ??
    element['initial_number'];
  const says = begin === undefined ? readText(chosen, names) : wordOf(begin);
  return type.endsWith('_input')
    ? `[${says === '' ? '            ' : says}]`
    : `[${says === '' ? 'Choose' : says} ▾]`;
}

function renderInput(block: Json, names: Names, width: number): string[] {
  const optional = block['optional'] === true ? ' (optional)' : '';
  const hint =
    block['hint'] === undefined
      ? []
      : wrap(readText(block['hint'], names), width - 2).map((line) => `  ${line}`);
  return [
    ...wrap(`${readText(block['label'], names)}${optional}`, width),
    ...wrap(renderElement(jsonOf(block['element']), names), width - 2).map((line) => `  ${line}`),
    ...hint,
  ];
}

function renderRichText(block: Json, names: Names, width: number): string[] {
  return objectsOf(block['elements']).flatMap((part) => {
    if (part['type'] === 'rich_text_list') {
      const indent = '  '.repeat(Number(part['indent'] ?? 0));
      const first = Number(part['offset'] ?? 0) + 1;
      return objectsOf(part['elements']).flatMap((item, index) => {
        const mark = part['style'] === 'ordered' ? `${first + index}.` : '•';
        return wrap(`${indent}${mark} ${readSpans(item['elements'], names)}`, width);
      });
    }
    const text = readSpans(part['elements'], names).replace(/\n$/, '');
    if (part['type'] === 'rich_text_quote') return wrap(text, width - 2).map((line) => `> ${line}`);
    if (part['type'] === 'rich_text_preformatted')
      return text.split('\n').map((line) => `  ${cut(line, width - 2)}`);
    return wrap(text, width);
  });
}

function renderTable(block: Json, names: Names, width: number): string[] {
  const rows = listOf(block['rows']).map((row) => objectsOf(row).map((cell) => readCell(cell, names)));
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_none, column) =>
    Math.max(1, ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  // The widest column gives way until the table fits.
  while (widths.reduce((sum, one) => sum + one, 0) + 2 * (columns - 1) > width && Math.max(...widths) > 4) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] ?? 1) - 1;
  }
  const settings = objectsOf(block['column_settings']).map((one) => textOf(one['align']));
  const line = (row: readonly string[]): string =>
    widths
      .map((one, column) => {
        const align = settings[column];
        return pad(
          cut(row[column] ?? '', one),
          one,
          align === 'right' || align === 'center' ? align : 'left',
        );
      })
      .join('  ')
      .trimEnd();
  const [head, ...rest] = rows.map(line);
  return head === undefined ? [] : [head, widths.map((one) => '─'.repeat(one)).join('  '), ...rest];
}

function readCell(cell: Json, names: Names): string {
  if (cell['type'] !== 'rich_text') return wordOf(cell['text']);
  return renderRichText(cell, names, 1000).join(' ');
}

const marks: Readonly<Record<string, string>> = { complete: '✓', in_progress: '◐', error: '✗', pending: '○' };

function renderTask(task: Json, names: Names, width: number): string[] {
  const mark = marks[textOf(task['status']) ?? ''] ?? '○';
  const more = ['details', 'output'].flatMap((key) => {
    const part = task[key];
    return isJson(part) ? renderRichText(part, names, width - 2).map((line) => `  ${line}`) : [];
  });
  const sources = objectsOf(task['sources']).map(
    (one) => `  ${readMrkdwn(wordOf(one['text']), names)} (${wordOf(one['url'])})`,
  );
  const [first = '', ...rest] = wrap(wordOf(task['title']), width - 2);
  return [
    `${mark} ${first}`,
    ...rest.map((line) => `  ${line}`),
    ...more,
    ...sources.flatMap((line) => wrap(line, width)),
  ];
}
