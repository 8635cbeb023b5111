import type { DriftRecord, ExpiryRecord } from '../../cluster/answers.ts';
import { ACTION } from './action-ids.ts';
import { actions, button, context, escape, lines, plural, section, view, when } from './text.ts';
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

/** Where people read how to change a certificate. */
const HOW = '`docs/runbook.md` says how, under "The certificate expired or will soon"';

/** What a scheduled look saw of a certificate, for the channel. Without *Repair*: a repair has nothing to renew. */
export function expiryView({ cluster, domain, endsAt, daysLeft, at }: ExpiryRecord): View {
  const isOver = daysLeft < 0;
  const left = daysLeft === 0 ? 'less than a day' : plural(daysLeft, 'day');
  const words = `The certificate of ${cluster} (${domain}) ${isOver ? 'has expired' : `expires in ${left}`}.`;
  const refused = `${isOver ? 'Browsers' : 'After that browsers'} refuse the cluster.`;
  return view(`${words} ${refused}`, [
    section(
      `${isOver ? ':x:' : ':warning:'} *${escape(words)}* ${refused} No repair renews it; somebody has to change it by hand: ${HOW}.`,
    ),
    context(`it ${isOver ? 'was' : 'is'} valid until ${when(endsAt)}  ·  seen ${when(at)}`),
  ]);
}

export function driftLines(findings: readonly string[]): string[] {
  return findings.map((one) => `• ${escape(one)}`);
}
