import type { KnownBlock, SectionBlock } from '@slack/types';
import type { AuditEntry, ClusterSummary, TestFlight } from '../../cluster/answers.ts';
import type { Problem } from '../../cluster/errors.ts';
import type { Operation } from '../../cluster/operation.ts';
import { nothingDiffers, problemLines } from './ended.ts';
import { isTooLong } from './fit.ts';
import { sentence } from './headline.ts';
import {
  context,
  escape,
  header,
  lines,
  person,
  plural,
  section,
  toCopy,
  view,
  when,
  wildcards,
} from './text.ts';
import type { View } from './text.ts';

/** Every check of the test flight with what was seen. */
export function flightView(cluster: string, flight: TestFlight): View {
  const bad = flight.checks.filter((check) => !check.ok);
  const title = flight.ok
    ? `:airplane: ${cluster} passed its test flight`
    : `:rotating_light: ${cluster} failed ${plural(bad.length, 'check')} of its test flight`;
  return view(title, [
    header(title),
    ...lines(
      flight.checks.map(
        (check) =>
          `${check.ok ? ':white_check_mark:' : ':x:'} *${escape(check.what)}*  ${wildcards(escape(check.detail))}`,
      ),
      12,
    ),
    section(
      `:satellite_antenna: <${escape(flight.publishUrl)}|Publish>\n:tv: <${escape(flight.playUrl)}|Play>`,
    ),
  ]);
}

/** @param unread regions that could not be read: what is there is not known */
export function clustersView(clusters: readonly ClusterSummary[], unread: readonly string[] = []): View {
  const gap =
    unread.length === 0
      ? []
      : [
          section(
            `:white_circle: ${escape(unread.join(', '))} could not be read: what is there is missing here. Ask again in a minute.`,
          ),
        ];
  if (clusters.length === 0 && unread.length > 0)
    return view(`I found no clusters; ${unread.join(', ')} could not be read.`, [
      section('I found no clusters.'),
      ...gap,
    ]);
  if (clusters.length === 0) {
    return view('There are no clusters.', [
      section('There are no clusters. `/ams create-cluster` makes the first one.'),
    ]);
  }
  const rows = clusters.map(({ cluster, regionId, domain, originNodes, edgeNodes, operation }) => {
    const parts = [escape(regionId), ...(domain === undefined ? [] : [escape(domain)])];
    if (originNodes !== undefined) parts.push(`origin ${originNodes}`);
    if (edgeNodes !== undefined) parts.push(`edge ${edgeNodes}`);
    if (operation !== undefined) parts.push(`:hourglass_flowing_sand: ${escape(operation)}`);
    return `• *${escape(cluster)}*  ${parts.join('  ·  ')}`;
  });
  const title = plural(clusters.length, 'cluster');
  const around = (list: readonly KnownBlock[]): KnownBlock[] => [
    header(title),
    ...list,
    ...gap,
    context('`/ams status &lt;cluster&gt;` looks closely.'),
  ];
  const whole = around(lines(rows, 20));
  const blocks = isTooLong(whole) ? around(namesAlone(clusters)) : whole;
  return view(`${title}: ${clusters.map((one) => one.cluster).join(', ')}`, blocks);
}

/** Characters that names alone may take together, and about so many in a block. */
const NAMES_ROOM = 9_400;
const NAMES_BLOCK = 2_500;
/** What a block costs besides its text. */
const BLOCK_COST = 80;

/** By region, where there are so many that not all of each can be told: none is missing before there are hundreds. */
function namesAlone(clusters: readonly ClusterSummary[]): SectionBlock[] {
  const texts: string[] = [];
  let [told, spent, region] = [0, 0, ''];
  for (const { cluster, regionId } of clusters.toSorted((a, b) => a.regionId.localeCompare(b.regionId))) {
    const last = texts.at(-1);
    const isNext = last !== undefined && regionId === region && last.length < NAMES_BLOCK;
    const words = isNext ? `, ${escape(cluster)}` : `*${escape(regionId)}*  ${escape(cluster)}`;
    spent += words.length + (isNext ? 0 : BLOCK_COST);
    if (spent > NAMES_ROOM) break;
    if (isNext) texts[texts.length - 1] = `${last}${words}`;
    else texts.push(words);
    region = regionId;
    told += 1;
  }
  const more = clusters.length - told;
  return [...texts, ...(more > 0 ? [`…and ${more} more`] : [])].map(section);
}

const SIGN: Partial<Record<Operation['state'], string>> = {
  succeeded: ':white_check_mark:',
  failed: ':x:',
  refused: ':x:',
  rejected: ':no_entry:',
  running: ':large_blue_circle:',
  approved: ':large_blue_circle:',
  'awaiting-approval': ':raised_hand:',
};

/** @param isLive only those that are not over are asked for: there may have been others */
export function operationsView(
  operations: readonly Operation[],
  about: string | undefined,
  isLive = false,
): View {
  const scope = about === undefined ? '' : ` of ${about}`;
  if (operations.length === 0) {
    const words = isLive
      ? `No operation${scope} is under way or waiting for a decision.`
      : `There are no operations${scope} yet.`;
    return view(words, [section(escape(words))]);
  }
  return view(`${plural(operations.length, 'operation')}${scope}`, [
    section(`*Operations${escape(scope)}*, newest first`),
    ...lines(operations.map(operationLine), 20),
  ]);
}

export function operationLine(one: Operation): string {
  const isWell = nothingDiffers(one) !== undefined;
  const sign = isWell ? ':white_check_mark:' : (SIGN[one.state] ?? ':white_circle:');
  const state = isWell ? 'nothing differed' : one.state.replace('-', ' ');
  return `${sign} \`${one.id}\`  *${escape(sentence(one))}*  ${state}  ·  ${person(one.requester.user)}, ${when(one.createdAt)}`;
}

export function historyView(entries: readonly AuditEntry[], about: string | undefined): View {
  const scope = about === undefined ? '' : ` of ${about}`;
  if (entries.length === 0)
    return view(`No history${scope}.`, [section(`There is no history${escape(scope)} yet.`)]);
  const rows = entries.map((entry) => {
    const who = entry.user === undefined ? '' : ` by ${person(entry.user)}`;
    const plan = entry.digest === undefined ? '' : `  plan \`${entry.digest.slice(0, 8)}\``;
    // In one line, whatever somebody wrote: none of it passes for an entry of its own.
    const said = (entry.detail ?? '').replace(/\s+/g, ' ').trim();
    const detail = said === '' ? '' : `  _${escape(said)}_`;
    return `${when(entry.at)}  *${escape(entry.cluster)}*  ${escape(entry.kind)} ${escape(entry.event)}${who}  \`${escape(entry.operation)}\`${plan}${detail}`;
  });
  return view(`History${scope}`, [section(`*History${escape(scope)}*, newest first`), ...lines(rows, 30)]);
}

/** A question that could not be answered. `asking`: the command that asks the same about another cluster. */
export function problemView(problem: Problem, asking: (cluster: string) => string): View {
  const { message, hint, near } = problem;
  const command = near === undefined ? [] : [asking(near)];
  return view([message, hint, ...command].join(' '), [
    ...lines(problemLines([problem]), 3),
    ...(command.length === 0 ? [] : [toCopy(command)]),
  ]);
}
