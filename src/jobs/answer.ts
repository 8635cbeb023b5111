import { ClusterSpec } from '../cluster/spec.ts';
import type { Answer, ClusterSummary, Question } from '../cluster/answers.ts';
import { findCluster, regionsOf } from './find-cluster.ts';
import { findClusters } from './status/find-clusters.ts';
import { flightOf } from './status/fly.ts';
import { readStatus } from './status/read-status.ts';
import type { Store } from './store.ts';
import type { Tools } from './step-context.ts';

/** Answers a question from the cloud as it is now. @throws AmsError when it cannot be read */
export async function answerQuestion(
  question: Question,
  parts: { readonly tools: Tools; readonly store: Store; readonly signal: AbortSignal },
): Promise<Answer> {
  const { tools, store, signal } = parts;
  const live = await store.list({ live: true, limit: 500 });
  const operationOf = (cluster: string) => live.find((one) => one.cluster === cluster)?.id;
  if (question.kind === 'clusters') {
    const found = await findClusters(tools.cloud, await regionsOf(tools));
    return { kind: 'clusters', clusters: found.map((one) => withOperation(one, operationOf(one.cluster))) };
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
    now: tools.now,
    signal,
  };
  if (question.kind === 'test-fly') return { kind: 'test-fly', cluster, flight: await flightOf(input) };
  const status = await readStatus(input);
  const operation = operationOf(cluster);
  if (status) return { kind: 'status', status: operation === undefined ? status : { ...status, operation } };
  return {
    kind: 'problem',
    problem: {
      code: 'unknown_cluster',
      message: `Nothing of cluster ${cluster} is in ${regionId}.`,
      hint: operation
        ? `Operation ${operation} is working on it; its message shows how it goes.`
        : 'Type `/ams clusters` for the list.',
    },
  };
}

function withOperation(summary: ClusterSummary, operation: string | undefined): ClusterSummary {
  return operation === undefined ? summary : { ...summary, operation };
}
