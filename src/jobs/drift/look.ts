import { createHash } from 'node:crypto';
import { toProblem } from '../../cluster/errors.ts';
import type { DriftRecord } from '../../cluster/answers.ts';
import { isUnderWay } from '../../cluster/operation.ts';
import type { Operation } from '../../cluster/operation.ts';
import { lookForDifferences } from '../planning/look-for-differences.ts';
import type { Compared } from '../planning/look-for-differences.ts';
import { newestOperation } from '../planning/newest-operation.ts';
import type { DriftKnown, RememberedCluster } from '../store/remembered.ts';
import type { Store } from '../store/store.ts';
import { lookAtCertificate, tellExpiry } from './certificate.ts';
import { everyMs } from './every.ts';
import type { DriftParts } from './parts.ts';
import { placeOf } from './place.ts';

/** A difference is told when a second look this much later sees the same: lists of the cloud lag behind. Unscaled. */
const CONFIRM_MS = 20_000;
/** Looks of a round begin so far from each other, less where the round is too short for that. Unscaled. */
const APART_MS = 1_000;

/**
 * Queues a look at each remembered cluster, one after the other: hundreds at once would have the cloud throttle those
 * who change something, and take all turns of those who wait for an answer. A round is over before the next one.
 */
export async function lookAtAll({ store, queues, tools }: DriftParts): Promise<void> {
  const clusters = await store.clusters.list();
  const roundMs = everyMs(tools.settings.drift.every) ?? 0;
  const apartMs = Math.min(APART_MS, roundMs / clusters.length) * tools.timeScale;
  for (const [nth, { cluster }] of clusters.entries())
    await queues.queueDriftLook(cluster, Math.floor(nth * apartMs));
}

/**
 * Compares a cluster with its spec and has told what changed since it was told last: what drifted once, and when it is
 * well again. Looks at its certificate, too. Changes nothing. A cluster that an operation works on, or left half-made,
 * is its operation's matter.
 */
export async function lookForDrift(cluster: string, parts: DriftParts): Promise<void> {
  const { store, tools, log } = parts;
  try {
    const remembered = await store.clusters.read(cluster);
    if (remembered?.spec === undefined || (await isInHands(store, cluster))) return;
    const known = await tellUntold(cluster, parts);
    const compared = await lookForDifferences(cluster, { tools, store });
    if ('problem' in compared || (await isInHands(store, cluster))) return;
    await seeDifferences(remembered, compared, known, parts);
    await lookAtCertificate(remembered, compared, parts);
  } catch (error) {
    log.warn({ cluster, problem: toProblem(error) }, 'drift could not be looked for');
  }
}

/** @param known what was known before the cluster was compared */
async function seeDifferences(
  remembered: RememberedCluster,
  compared: Compared,
  known: DriftKnown | undefined,
  parts: DriftParts,
): Promise<void> {
  const { store, queues, tools, log } = parts;
  const { cluster } = remembered;
  const findings = driftSentences(compared);
  const signature = signatureOf(findings);
  const last = signatureOf(known?.told?.findings ?? []);
  if (signature === last) {
    if (known?.suspected !== undefined) await store.clusters.keepDrift(cluster, known, toldOf(known));
    return;
  }
  if (findings.length > 0 && known?.suspected !== signature) {
    const suspicion = { ...toldOf(known), suspected: signature };
    if (await store.clusters.keepDrift(cluster, known, suspicion))
      await queues.queueDriftLook(cluster, Math.max(1, Math.round(CONFIRM_MS * tools.timeScale)), true);
    return;
  }
  const place = await placeOf(remembered, parts);
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
  const after: DriftKnown = { ...toldOf(known), told: record, untold: true };
  // Another look was faster, perhaps long ago: this process may have been stopped meanwhile.
  if (!(await store.clusters.keepDrift(cluster, known, after))) return;
  log.info({ cluster, state: record.state, findings: findings.length }, 'drift changed');
  await tell(cluster, after, parts);
}

/** What differs in sentences, those first that only a person can mend. */
export function driftSentences({ problems, found }: Pick<Compared, 'problems' | 'found'>): readonly string[] {
  return [...problems.map((one) => one.message), ...found.flatMap(({ words }) => words)];
}

/** What was told, without what is only suspected. */
function toldOf(known: DriftKnown | undefined): DriftKnown {
  if (known === undefined) return {};
  const { suspected: _suspected, ...told } = known;
  return told;
}

/** Tells what an earlier look found and may not have told: its process may have ended. @returns what is known then */
async function tellUntold(cluster: string, parts: DriftParts): Promise<DriftKnown | undefined> {
  const known = await parts.store.clusters.drift(cluster);
  return known && tellExpiry(cluster, await tell(cluster, known, parts), parts);
}

/** Queues the message of what differs, unless that was done. @returns what is known then */
async function tell(cluster: string, known: DriftKnown, { store, outbox }: DriftParts): Promise<DriftKnown> {
  const { untold, ...after } = known;
  if (after.told === undefined || untold !== true) return known;
  await outbox.touch(`drift:${cluster}:${after.told.number}`);
  await store.clusters.keepDrift(cluster, known, after);
  return after;
}

/**
 * An operation works on the cluster, or left it as no spec says: then its own message tells how it goes on. A plan that
 * waits for a decision changes nothing.
 */
async function isInHands(store: Store, cluster: string): Promise<boolean> {
  const live = await store.list({ cluster, live: true, limit: 10 });
  if (live.some(isUnderWay)) return true;
  const last = await newestOperation(store, cluster, (one) => one.startedAt !== undefined);
  return last !== undefined && isHalfDone(last);
}

function isHalfDone({ state, wish }: Operation): boolean {
  const ended = state === 'failed' || state === 'cancelled';
  return ended && ['create', 'destroy', 'rollback'].includes(wish.kind);
}

function signatureOf(findings: readonly string[]): string {
  if (findings.length === 0) return '';
  return createHash('sha256').update(findings.join('\n')).digest('hex').slice(0, 16);
}
