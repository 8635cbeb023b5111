import type { Consent } from './consent.ts';
import { inLane, side } from './lanes.ts';
import type { Recovery } from './recovery.ts';

/** A town serves so many clicks at most before another takes its place: its Slack has to be read through each time. */
const CLICKS_IN_A_TOWN = 400;
const AFTER_DEATH_MS = 10_000;
const AFTER_REDIS_MS = 500;

/** Changes between plan and click; prints what became of them. @returns whether anything unseen was changed */
export async function consentChapter(options: {
  readonly seed: number;
  readonly changes: number;
  readonly atOnce: number;
  readonly until: number;
}): Promise<boolean> {
  if (options.changes === 0) return false;
  // A click waits most of its time for Slack's limits: towns side by side cost little more than one.
  const rounds = Math.ceil(options.changes / (options.atOnce * CLICKS_IN_A_TOWN));
  const inATown = Math.ceil(options.changes / (options.atOnce * rounds));
  const towns = Array.from({ length: Math.ceil(options.changes / inATown) }, (_none, index) => ({
    do: 'consent' as const,
    seed: options.seed * 1_000 + index,
    changes: Math.min(inATown, options.changes - index * inATown),
  }));
  const all: Consent[] = [];
  const broken: string[] = [];
  await side(towns, options.atOnce, async (order) => {
    if (performance.now() > options.until) return;
    await inLane<Consent>(order)
      .then((one) => void all.push(one))
      .catch((error: unknown) => void broken.push(String(error)));
  });
  const sum = (of: (one: Consent) => number) => all.reduce((total, one) => total + of(one), 0);
  const unseen = all.flatMap((one) => one.unseen);
  console.log(
    `\nChanges of cloud or spec between plan and click: ${sum((one) => one.clicks)} of ${options.changes}. ` +
      `The plan still held and ran: ${sum((one) => one.ran)}, with other limits: ${sum((one) => one.limits)}; ` +
      `asked again or refused: ${sum((one) => one.askedAgain)}; ` +
      `changed what no approver saw: ${unseen.length}.`,
  );
  for (const line of [...unseen, ...broken]) console.log(`  ${line}`);
  return unseen.length + broken.length > 0;
}

/** How soon work goes on; prints it. @returns whether it was too late */
export async function recoveryChapter(): Promise<boolean> {
  const { afterDeathMs, afterRedisMs } = await inLane<Recovery>({ do: 'recovery' });
  const list = (times: readonly number[]) => times.map((ms) => `${(ms / 1_000).toFixed(2)} s`).join(', ');
  console.log(
    `\nA worker died in the middle of a change; another ended that step after: ${list(afterDeathMs)} (10 s at most).`,
  );
  console.log(
    `Redis came back; the next call of the cloud came after: ${list(afterRedisMs)} (0.5 s at most).`,
  );
  return Math.max(...afterDeathMs) > AFTER_DEATH_MS || Math.max(...afterRedisMs) > AFTER_REDIS_MS;
}
