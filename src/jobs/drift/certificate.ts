import type { ExpiryRecord } from '../../cluster/answers.ts';
import { toProblem } from '../../cluster/errors.ts';
import type { Compared } from '../planning/look-for-differences.ts';
import { foundPart } from '../planning/planner.ts';
import { readServed } from '../status/served-certificate.ts';
import type { ServedCertificate } from '../status/served-certificate.ts';
import type { DriftKnown, RememberedCluster } from '../store/remembered.ts';
import type { DriftParts } from './parts.ts';
import { placeOf } from './place.ts';

/** With so few whole days left a certificate is told of once more. */
const LAST_DAYS = 3;
/** Of ten certificates at least it is known what was told. */
const MARKS_KEPT = 30;

/**
 * Has told in the cluster's channel that its certificate is due, that few days are left, and that it has expired: each
 * once of a certificate. What ports 443 and 5443 serve is what people meet, whoever put it there, and to see it
 * takes two handshakes and no call of the cloud.
 */
export async function lookAtCertificate(
  remembered: RememberedCluster,
  { spec, observed }: Pick<Compared, 'spec' | 'observed'>,
  parts: DriftParts,
): Promise<void> {
  const { store, tools, log } = parts;
  const { cluster } = remembered;
  const { domain } = spec;
  const balancer = foundPart(observed, 'load-balancer')?.seen as { readonly dnsName?: string } | undefined;
  const dnsName = balancer?.dnsName ?? '';
  // Without an address, while the load balancer is made, the connection would go to this computer.
  if (dnsName === '') return;
  try {
    const served = await readServed({ domain, dnsName, connect: tools.connect, now: tools.now });
    const { sha256, endsAt, daysLeft } = served;
    const marks = passed(served).map((threshold) => `${threshold} ${sha256}`);
    const newest = marks.at(-1);
    const known = await store.clusters.drift(cluster);
    const before = known?.certificate;
    if (newest === undefined || before?.marks.includes(newest) === true) return;
    const place = await placeOf(remembered, parts);
    if (!place) return;
    const at = tools.now();
    // Never the number of a cluster that had this name before.
    const number = Math.max((before?.told.number ?? 0) + 1, at);
    const told: ExpiryRecord = { cluster, number, domain, endsAt, daysLeft, at, ...place };
    const all = [...new Set([...(before?.marks ?? []), ...marks])].slice(-MARKS_KEPT);
    const after: DriftKnown = { ...known, certificate: { told, untold: true, marks: all } };
    // Another look was faster.
    if (!(await store.clusters.keepDrift(cluster, known, after))) return;
    log.info({ cluster, daysLeft }, 'a certificate has to be renewed');
    await tellExpiry(cluster, after, parts);
  } catch (error) {
    log.warn({ cluster, problem: toProblem(error) }, 'the certificate could not be looked at');
  }
}

/** Queues the message of what a look found, unless that was done. @returns what is known then */
export async function tellExpiry(
  cluster: string,
  known: DriftKnown,
  { store, outbox }: Pick<DriftParts, 'store' | 'outbox'>,
): Promise<DriftKnown> {
  if (known.certificate?.untold !== true) return known;
  const { untold: _untold, ...certificate } = known.certificate;
  await outbox.touch(`expiry:${cluster}:${certificate.told.number}`);
  const after = { ...known, certificate };
  await store.clusters.keepDrift(cluster, known, after);
  return after;
}

/** What is told of, in this order. Before a certificate is due few days are none: some live for a week. */
function passed({ isDue, daysLeft }: ServedCertificate): readonly ('due' | 'last' | 'over')[] {
  if (!isDue) return [];
  if (daysLeft < 0) return ['due', 'last', 'over'];
  return daysLeft <= LAST_DAYS ? ['due', 'last'] : ['due'];
}
