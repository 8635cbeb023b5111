import type { Command } from '../commands/command.ts';
import { context, escape, header, lines, section, view } from './text.ts';
import type { View } from './text.ts';

/** All commands, and what to try first with the reader's own cluster. */
export function helpView(commands: readonly Command[], clusters: readonly string[]): View {
  const rows = commands.map(
    (one) => `\`${escape(`/ams ${one.name} ${one.usage}`.trim())}\`\n      ${escape(one.summary)}`,
  );
  return view('Commands of /ams', [
    header('Ant Media Server clusters on Alibaba Cloud'),
    section(
      'Whatever changes something is planned first, with its cost, and starts only after an approver said yes.',
    ),
    ...lines(tryLines(clusters[0]), 1),
    ...lines(rows, 10),
    context(
      'Of every cluster the origins take streams on 443 (HTTPS) and 80, and the edges play them on 5443 (HTTPS) and 5080.',
    ),
    context(
      '`/ams help &lt;command&gt;` shows its options and examples. The cluster may be left out when there is one, or when the channel has a default.',
    ),
  ]);
}

function tryLines(cluster: string | undefined): string[] {
  if (cluster === undefined)
    return [
      '*To begin with*',
      '`/ams create-cluster` opens a form with the defaults; nothing is made before approval',
    ];
  const name = escape(cluster);
  return [
    `*To try with ${name}*`,
    `\`/ams status ${name}\` how it is now`,
    `\`/ams plan scale edge +1 ${name}\` what one more edge node would change and cost; nothing is started`,
    `\`/ams test-fly ${name}\` whether publishing and playing work from outside`,
  ];
}

/** One command. `examples` are written with the reader's own names. */
export function commandHelp(command: Command, examples: readonly string[]): View {
  const { name, usage, summary, options } = command;
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
