import { createHash } from 'node:crypto';
import { toProblem } from '../../cluster/errors.ts';
import type { DriftRecord } from '../../cluster/answers.ts';
import type { Operation } from '../../cluster/operation.ts';
import type { Log } from '../log.ts';
import { lookForDifferences } from '../planning/look-for-differences.ts';
import type { Compared } from '../planning/look-for-differences.ts';
import type { OutboxDoor } from '../outbox-door.ts';
import type { Queues } from '../queues.ts';
import type { DriftKnown } from '../store/remembered.ts';
import type { Store } from '../store/store.ts';
import type { Tools } from '../steps/step-context.ts';

/** A difference is told when a second look this much later sees the same: lists of the cloud lag behind. Unscaled. */
const CONFIRM_MS = 20_000;

export interface DriftParts {
  readonly store: Store;
  readonly queues: Queues;
  readonly outbox: OutboxDoor;
  readonly tools: Tools;
  readonly log: Log;
}

/** Queues a look at each remembered cluster. */
export async function lookAtAll({ store, queues }: DriftParts): Promise<void> {
  for (const { cluster } of await store.clusters.list()) await queues.driftLook(cluster);
}

/**
 * Compares a cluster with its spec and has told what changed since it was told last: what drifted once, and when it is
 * well again. Changes nothing. A cluster that an operation works on, or left half-made, is its operation's matter.
 */
export async function lookForDrift(cluster: string, parts: DriftParts): Promise<void> {
  const { store, tools, log } = parts;
  try {
    const remembered = await store.clusters.read(cluster);
    if (remembered?.spec === undefined || (await isInHands(store, cluster))) return;
    let known = await store.clusters.drift(cluster);
    if (known?.told && known.untold === true) known = await tell(cluster, known.told, parts);
    const compared = await lookForDifferences(cluster, { tools, store });
    if ('problem' in compared || (await isInHands(store, cluster))) return;
    const findings = findingsOf(compared);
    const signature = signatureOf(findings);
    const last = signatureOf(known?.told?.findings ?? []);
    if (signature === last) {
      if (known?.suspected !== undefined) await store.clusters.keepDrift(cluster, known, told(known));
      return;
    }
    if (findings.length > 0 && known?.suspected !== signature) {
      const suspicion = { ...told(known), suspected: signature };
      if (await store.clusters.keepDrift(cluster, known, suspicion))
        await parts.queues.driftLook(cluster, Math.max(1, Math.round(CONFIRM_MS * tools.timeScale)));
      return;
    }
    const place = await placeOf(cluster, remembered, parts);
    if (!place) return;
    const record: DriftRecord = {
      cluster,
      // Never that of a cluster that had this name before, which nothing but its messages knows of any more.
      number: Math.max((known?.told?.number ?? 0) + 1, tools.now()),
      state: findings.length > 0 ? 'drifted' : 'well',
      findings,
      at: tools.now(),
      ...place,
    };
    // Another look was faster, perhaps long ago: this process may have been stopped meanwhile.
    if (!(await store.clusters.keepDrift(cluster, known, { told: record, untold: true }))) return;
    log.info({ cluster, state: record.state, findings: findings.length }, 'drift changed');
    await tell(cluster, record, parts);
  } catch (error) {
    log.warn({ cluster, problem: toProblem(error) }, 'drift could not be looked for');
  }
}

/** What differs in sentences, those first that only a person can mend. */
export function findingsOf({ problems, found }: Pick<Compared, 'problems' | 'found'>): readonly string[] {
  return [...problems.map((one) => one.message), ...found.flatMap(({ words }) => words)];
}

function told(known: DriftKnown | undefined): DriftKnown {
  return known?.told === undefined ? {} : { told: known.told };
}

/** Queues the message of what is to be told. @returns what is known then */
async function tell(
  cluster: string,
  record: DriftRecord,
  { store, outbox }: DriftParts,
): Promise<DriftKnown> {
  await outbox.touch(`drift:${cluster}:${record.number}`);
  const known = { told: record };
  await store.clusters.keepDrift(cluster, { told: record, untold: true }, known);
  return known;
}

/** An operation holds the cluster, or left it as no spec says: then its own message tells how it goes on. */
async function isInHands(store: Store, cluster: string): Promise<boolean> {
  const live = await store.list({ cluster, live: true, limit: 10 });
  if (live.some((one) => one.planOnly !== true)) return true;
  const recent = await store.list({ cluster, limit: 20 });
  const last = recent.find((one) => one.startedAt !== undefined);
  return last !== undefined && isHalfDone(last);
}

function isHalfDone({ state, wish }: Operation): boolean {
  const ended = state === 'failed' || state === 'cancelled';
  return ended && ['create', 'destroy', 'rollback'].includes(wish.kind);
}

/** Where the cluster was made, else the channel whose default it is, else where somebody worked on it last. */
async function placeOf(
  cluster: string,
  remembered: { readonly channel?: string; readonly user?: string },
  { store, tools }: DriftParts,
): Promise<{ readonly channel: string; readonly user: string } | undefined> {
  const [newest] = await store.list({ cluster, limit: 1 });
  const home = Object.entries(tools.settings.channels).find(([, name]) => name === cluster)?.[0];
  const channel = remembered.channel ?? home ?? newest?.requester.channel;
  const user = remembered.user ?? newest?.requester.user;
  return channel === undefined || user === undefined ? undefined : { channel, user };
}

function signatureOf(findings: readonly string[]): string {
  if (findings.length === 0) return '';
  return createHash('sha256').update(findings.join('\n')).digest('hex').slice(0, 16);
}
