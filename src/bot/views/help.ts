import type { Command } from '../commands/command.ts';
import { context, escape, header, lines, section, view } from './text.ts';
import type { View } from './text.ts';

export function helpView(commands: readonly Command[]): View {
  const rows = commands.map(
    (one) => `\`${escape(`/ams ${one.name} ${one.usage}`.trim())}\`\n      ${escape(one.summary)}`,
  );
  return view('Commands of /ams', [
    header('Ant Media Server clusters on Alibaba Cloud'),
    section(
      'Whatever changes something is planned first, with its cost, and starts only after an approver said yes.',
    ),
    ...lines(rows, 10),
    context(
      '`/ams help &lt;command&gt;` shows its options and examples. The cluster may be left out when there is one, or when the channel has a default.',
    ),
  ]);
}

export function commandHelp(command: Command): View {
  const { name, usage, summary, options, examples } = command;
  const rows = options.map(
    ({ name: option, value, help }) =>
      `\`--${option}${value === undefined ? '' : ` ${escape(value)}`}\`  ${escape(help)}`,
  );
  return view(`/ams ${name}: ${summary}`, [
    section(`\`${escape(`/ams ${name} ${usage}`.trim())}\`\n${escape(summary)}`),
    ...(rows.length === 0 ? [] : lines(['*Options*', ...rows], 5)),
    ...lines(['*Examples*', ...examples.map((example) => `\`/ams ${escape(example)}\``)], 2),
  ]);
}
