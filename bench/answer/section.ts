import { spread, words } from '../stats.ts';
import type { Section } from '../table.ts';
import { A_SECOND, acknowledged, SECONDS } from './acknowledged.ts';
import type { Acknowledged, Way } from './acknowledged.ts';
import { bareAnswers } from './bare.ts';
import { CALL_MS, shown } from './shown.ts';
import type { Shown } from './shown.ts';

const WAYS: readonly Way[] = ['Socket Mode', 'HTTP'];
/** Nodes of the cluster whose plan and status are shown. */
const NODES = [2, 10, 100];

/** How soon people are answered: acknowledgements beside a load, and plans and statuses beyond the cloud's own time. */
export async function benchAnswer(options: {
  /** Operations that wait meanwhile. */
  readonly sizes: readonly number[];
  readonly runs: number;
  readonly progress: (text: string) => void;
}): Promise<Section> {
  const { sizes, runs, progress } = options;
  const rows: string[][] = [];
  const acknowledgements: Record<string, readonly Acknowledged[]> = {};
  const measure = async (what: string, once: () => Promise<Acknowledged>): Promise<void> => {
    const all: Acknowledged[] = [];
    for (let run = 0; run < runs; run += 1) all.push(await once());
    const of = (key: keyof Acknowledged, digits = 1): string =>
      words(spread(all.map((one) => one[key])), digits);
    rows.push([what, of('p50'), of('p99'), of('most'), of('lost', 0)]);
    acknowledgements[what] = all;
    progress(`${what}: answered in ${of('p50')} ms, p99 ${of('p99')} ms`);
  };
  await measure('a server that does nothing, over HTTP', () => bareAnswers(A_SECOND, SECONDS));
  for (const way of WAYS)
    for (const size of [0, ...sizes]) await measure(`${way}, ${size}`, () => acknowledged(way, size));
  const sized = await shown(NODES, runs, progress);
  const beyond = (all: readonly Shown[]): string =>
    words(spread(all.map((one) => (one.totalMs - one.cloudMs) / 1_000)));
  const cloud = (all: readonly Shown[]): string => words(spread(all.map((one) => one.cloudMs / 1_000)));
  return {
    figures: { acknowledgements, shown: sized },
    tables: [
      {
        title: 'Acknowledgements',
        note: 'From the envelope or request that Slack sends to its acknowledgement, 50 commands and clicks a second for 8 s, while so many operations of 20 steps wait on a worker process of their own in the same Redis.',
        columns: ['way, operations waiting', 'p50, ms', 'p99, ms', 'slowest, ms', 'not in 3 s'],
        rows,
      },
      {
        title: 'Plans and statuses',
        note: `From the typed command to the message, less the time in which the cloud had a call to answer; each call takes it ${CALL_MS} ms. The plan is one edge more.`,
        columns: [
          'nodes of the cluster',
          'plan, beyond the cloud, s',
          'the cloud, s',
          'status, beyond the cloud, s',
          'the cloud, s',
        ],
        rows: sized.map(({ nodes, plans, statuses }) => [
          String(nodes),
          beyond(plans),
          cloud(plans),
          beyond(statuses),
          cloud(statuses),
        ]),
      },
    ],
  };
}
