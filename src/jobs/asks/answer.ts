import { ClusterSpec } from '../../cluster/spec.ts';
import type { Answer, ClusterStatus, ClusterSummary, Question } from '../../cluster/answers.ts';
import type { Problem } from '../../cluster/errors.ts';
import { isUnderWay } from '../../cluster/operation.ts';
import { driftSentences } from '../drift/look.ts';
import { findCluster, regionsOf } from '../planning/find-cluster.ts';
import { lookForDifferences } from '../planning/look-for-differences.ts';
import { findClusters } from '../status/find-clusters.ts';
import { flightOf } from '../status/fly.ts';
import { leftover } from '../status/leftover.ts';
import { readStatus } from '../status/read-status.ts';
import type { Store } from '../store/store.ts';
import type { Tools } from '../steps/step-context.ts';

/** Answers a question from the cloud as it is now. @throws AmsError when it cannot be read */
export async function answerQuestion(
  question: Question,
  parts: { readonly tools: Tools; readonly store: Store; readonly signal: AbortSignal },
): Promise<Answer> {
  const { tools, store, signal } = parts;
  if (question.kind === 'clusters') {
    const { clusters, unread } = await findClusters(tools.cloud, await regionsOf(tools));
    const holders = await store.holders(clusters.map((one) => one.cluster));
    return {
      kind: 'clusters',
      clusters: clusters.map((one) => withOperation(one, holders.get(one.cluster))),
      unread,
    };
  }
  const { cluster } = question;
  const place = await findCluster(cluster, { tools, store });
  if ('problem' in place) return { kind: 'problem', problem: place.problem };
  const { regionId } = place;
  const spec = ClusterSpec.safeParse(place.spec).data;
  const input = {
    cluster,
    regionId,
    spec,
    cloud: tools.cloud,
    region: tools.cloud.in(regionId),
    secrets: tools.secrets,
    settings: tools.settings,
    connect: tools.connect,
    onCommand: tools.onCommand,
    now: tools.now,
    signal,
  };
  if (question.kind === 'test-fly') return { kind: 'test-fly', cluster, flight: await flightOf(input) };
  const operation = (await store.holders([cluster])).get(cluster);
  const [status, drift] = await Promise.all([
    readStatus(input),
    spec !== undefined && !(await isChanging(operation, store))
      ? driftOf(cluster, { tools, store, signal })
      : undefined,
  ]);
  if (status) {
    const held = operation === undefined ? status : { ...status, operation };
    return { kind: 'status', status: withDrift(held, drift) };
  }
  return { kind: 'problem', problem: almostGone(input, operation, await leftover(input.region, cluster)) };
}

/** Whether it is at work: what differs meanwhile is no drift. A plan that waits for a decision changes nothing. */
async function isChanging(operation: string | undefined, store: Store): Promise<boolean> {
  const holder = operation === undefined ? undefined : await store.read(operation);
  return holder !== undefined && isUnderWay(holder);
}

/** Why there is no status of a cluster without groups, load balancer and database. `left`: what there is all the same. */
function almostGone(
  { cluster, regionId }: { readonly cluster: string; readonly regionId: string },
  operation: string | undefined,
  left: string | undefined,
): Problem {
  const whatToDo =
    left === undefined
      ? 'Type `/ams clusters` for the list.'
      : `Type \`/ams destroy-cluster ${cluster}\` to remove the rest.`;
  const hint =
    operation === undefined
      ? whatToDo
      : `Operation ${operation} is working on it; its message shows how it goes.`;
  if (left === undefined)
    return { code: 'unknown_cluster', message: `Nothing of cluster ${cluster} is in ${regionId}.`, hint };
  // What an operation is making or removing is not left over.
  const words = operation === undefined ? `${left} left` : left;
  return { code: 'cluster_leftover', message: `Of cluster ${cluster} only ${words} in ${regionId}.`, hint };
}

function withOperation(summary: ClusterSummary, operation: string | undefined): ClusterSummary {
  return operation === undefined ? summary : { ...summary, operation };
}

/** What differs from what the cluster should be; undefined when that cannot be read now, which hides nothing else. */
async function driftOf(
  cluster: string,
  parts: { readonly tools: Tools; readonly store: Store; readonly signal: AbortSignal },
): Promise<readonly string[] | undefined> {
  try {
    const compared = await lookForDifferences(cluster, parts);
    return 'problem' in compared ? undefined : driftSentences(compared);
  } catch {
    return undefined;
  }
}

function withDrift(status: ClusterStatus, drift: readonly string[] | undefined): ClusterStatus {
  if (drift === undefined) return status;
  const health = drift.length > 0 && status.health === 'good' ? 'attention' : status.health;
  return { ...status, drift, health };
}
