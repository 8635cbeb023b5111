import type { DriftRecord } from '../../cluster/answers.ts';
import { ACTION } from './action-ids.ts';
import { actions, button, context, escape, lines, section, view, when } from './text.ts';
import type { View } from './text.ts';

/** What a scheduled look found, for the channel; said once. */
export function driftView({ cluster, number, state, findings, at }: DriftRecord): View {
  if (state === 'well') {
    const words = `${cluster} is again as it should be.`;
    return view(words, [section(`:white_check_mark: ${escape(words)}`)]);
  }
  const words = `${cluster} differs from what it should be.`;
  return view(`${words} ${findings[0] ?? ''}`, [
    section(`:wrench: *${escape(words)}* Nothing was changed by me.`),
    ...lines(driftLines(findings), 4),
    context(
      `seen ${when(at)}  ·  \`/ams repair ${cluster}\` plans what sets it right, and asks for approval`,
    ),
    actions(`drift:${cluster}:${number}`, [button('Repair', ACTION.repair, cluster, { style: 'primary' })]),
  ]);
}

export function driftLines(findings: readonly string[]): string[] {
  return findings.map((one) => `• ${escape(one)}`);
}
