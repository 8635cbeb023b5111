import type { KnownBlock } from '@slack/types';
import type { OperationView } from '../../cluster/answers.ts';
import type { Problem } from '../../cluster/errors.ts';
import { ROLES } from '../../cluster/names.ts';
import { isRefusedAfterApproval, progress } from '../../cluster/operation.ts';
import type { Operation, Outcome } from '../../cluster/operation.ts';
import { removesCluster } from '../../cluster/plan.ts';
import { ACTION } from './action-ids.ts';
import { commandAgain, commandFor } from './command-again.ts';
import { headline, sentence } from './headline.ts';
import { stepBlocks } from './progress.ts';
import type { ProgressOptions } from './progress.ts';
import { waysOn, waysOnButtons, whatExists } from './stopped.ts';
import {
  actions,
  button,
  context,
  duration,
  escape,
  header,
  lines,
  markup,
  people,
  person,
  plural,
  quoted,
  section,
  toCopy,
  view,
  when,
  wildcards,
} from './text.ts';
import type { View } from './text.ts';

/** Done: addresses, the CNAME to set, the panel and what to do next. */
export function succeededView(all: OperationView, options: ProgressOptions): View {
  const { operation } = all;
  const title = `Done: ${headline(operation)}`;
  const blocks: KnownBlock[] = [header(title)];
  const facts = [...numberLines(all), ...outcomeLines(operation.outcome)];
  if (facts.length > 0) blocks.push(...lines(facts, 4));
  const next = nextLines(operation);
  if (next.length > 0) blocks.push(...lines(['*What to do next*', ...next.map((each) => `• ${each}`)], 3));
  if (operation.plan) blocks.push(...stepBlocks(all, operation.plan, options));
  blocks.push(context(byline(operation)));
  blocks.push(actions(`end:${operation.id}`, [button('Show plan', ACTION.showPlan, operation.id)]));
  return view(`${title}.`, blocks);
}

/**
 * How many nodes serve where that is not what was asked for: the step that waits for them goes by the number that Auto
 * Scaling wants by then.
 */
function numberLines({ operation, steps }: OperationView): string[] {
  const { spec, wish, plan, outcome } = operation;
  const isAsked = wish.kind === 'scale' || (wish.kind === 'create' && plan?.carriesOn !== true);
  if (spec === undefined || !isAsked) return [];
  return ROLES.flatMap((role) => {
    const { desired } = spec[role];
    const serving = Number(steps[`nodes-${role}`]?.output?.['nodes'] ?? desired);
    // Of nodes that Auto Scaling has not taken away the step itself has told.
    const isTold = outcome?.notes.some((note) => note.startsWith(`${role}: `)) === true;
    if (serving === desired || isTold) return [];
    const serve = plural(serving, 'node serves', 'nodes serve');
    return [
      `:information_source: ${role}: ${serve}, not ${desired}: a scaling rule or somebody has changed the number that is wanted meanwhile.`,
    ];
  });
}

export function outcomeLines(outcome: Outcome | undefined): string[] {
  if (!outcome) return [];
  const { publishUrl, playUrl, panelUrl, cname, loadBalancerName, notes } = outcome;
  return [
    ...(publishUrl === undefined ? [] : [`:satellite_antenna: *Publish*  <${escape(publishUrl)}>`]),
    ...(playUrl === undefined ? [] : [`:tv: *Play*  <${escape(playUrl)}>`]),
    ...(panelUrl === undefined ? [] : [`:gear: *Panel*  <${escape(panelUrl)}>`]),
    ...(cname
      ? [`:globe_with_meridians: ${cnameLine(cname)}`]
      : loadBalancerName === undefined
        ? []
        : [`:globe_with_meridians: *Load balancer*  \`${escape(loadBalancerName)}\``]),
    ...notes.map((note) => `:information_source: ${escape(note)}`),
  ];
}

function cnameLine({ name, value, set, made }: NonNullable<Outcome['cname']>): string {
  const [from, to] = [`\`${escape(name)}\``, `\`${escape(value)}\``];
  if (set) return `*DNS*  ${from} is a CNAME of ${to}: set already`;
  if (made === true)
    return `*DNS*  ${from} is a CNAME of ${to} in Alibaba Cloud DNS; resolvers may learn it some minutes later`;
  return `*DNS, to be set*  ${from}  CNAME  ${to}`;
}

function nextLines(operation: Operation): string[] {
  const { outcome, cluster } = operation;
  if (removesCluster(operation.plan)) return [];
  return [
    ...(outcome?.cname && !outcome.cname.set && outcome.cname.made !== true
      ? [
          `Set the CNAME above at your DNS provider, then \`/ams test-fly ${cluster}\` tries it over the public name.`,
        ]
      : []),
    ...(outcome?.adminSecret === undefined
      ? []
      : [
          `The panel's first password reaches ${person(operation.requester.user)} in a private message, once.`,
        ]),
    `\`/ams status ${cluster}\` shows how it is; \`/ams scale edge +1 ${cluster}\` makes it larger.`,
  ];
}

/** What happened, what Alibaba Cloud said, and what to do. */
export function failedView(all: OperationView, options: ProgressOptions): View {
  const { operation } = all;
  const { plan } = operation;
  const title = `Failed: ${headline(operation)}`;
  const count = plan ? progress(all.steps, plan) : { done: 0, of: 0 };
  const blocks: KnownBlock[] = [header(title), ...lines(problemLines(operation.problems), 4)];
  if (plan) {
    blocks.push(
      section(`${count.done} of ${count.of} steps were done; what exists stays. ${waysOn(operation)}`),
    );
    blocks.push(...stepBlocks(all, plan, options));
  }
  blocks.push(context(byline(operation)));
  blocks.push(
    actions(`end:${operation.id}`, [
      ...waysOnButtons(operation),
      button('Show plan', ACTION.showPlan, operation.id),
    ]),
    context(`Or look first: \`/ams status ${operation.cluster}\``),
  );
  return view(`${title}. ${operation.problems.at(-1)?.message ?? ''}`, blocks);
}

/** Each problem with its remedy and, for support, Alibaba's own code and request id. */
export function problemLines(problems: readonly Problem[]): string[] {
  return problems.flatMap(({ message, hint, cloud }) => [
    `:x: *${wildcards(escape(message))}*`,
    `      ${wildcards(markup(hint))}`,
    ...(cloud ? [`      _${escape(cloudWords(cloud))}_`] : []),
  ]);
}

function cloudWords(cloud: NonNullable<Problem['cloud']>): string {
  return [
    `Alibaba Cloud, ${cloud.action}`,
    ...(cloud.code === undefined ? [] : [cloud.code]),
    ...(cloud.requestId === undefined ? [] : [`request ${cloud.requestId}`]),
  ].join(', ');
}

/** Everything that the checks before approval found, or the last look before the start, together. */
export function refusedView(operation: Operation): View {
  const words = nothingDiffers(operation);
  if (words !== undefined) {
    return view(words, [section(`:white_check_mark: ${escape(words)}`), context(byline(operation))]);
  }
  const title = `Cannot ${headline(operation)}`;
  const near = operation.problems.find((one) => one.near !== undefined)?.near;
  return view(`${title}. ${operation.problems.map((one) => one.message).join(' ')}`, [
    header(title),
    section(`${foundBy(operation)} found this; nothing was created or changed.`),
    ...lines(problemLines(operation.problems), 20),
    ...(near === undefined
      ? [
          context(
            `${byline(operation)}  ·  type again once it is mended: \`${escape(commandAgain(operation))}\``,
          ),
        ]
      : [toCopy([commandFor({ ...operation, cluster: near })]), context(byline(operation))]),
  ]);
}

/** What is said where nothing was left to do: of a repair, and of what was approved and came true before it started. */
export function nothingDiffers(operation: Operation): string | undefined {
  const [only] = operation.problems;
  if (only?.code === 'nothing_differs') return `${only.message} ${only.hint}`;
  // Its hint is for those whom nobody has approved: this one may have begun, and Redis have forgotten that.
  const isSo = only?.code === 'already_so' && isRefusedAfterApproval(operation);
  return isSo ? `${only.message} See \`/ams status ${operation.cluster}\`.` : undefined;
}

function foundBy(operation: Operation): string {
  return isRefusedAfterApproval(operation)
    ? 'It was approved, and the last look before the start'
    : 'The checks before approval';
}

/** Rejected, cancelled, expired, superseded: one sentence each. */
export function closedView(all: OperationView, options: ProgressOptions): View {
  const { operation } = all;
  const words = closedWords(operation);
  const begun = operation.startedAt !== undefined && operation.plan !== undefined;
  const blocks: KnownBlock[] = [section(`${words.sign} *${escape(sentence(operation))}*: ${words.text}`)];
  if (begun && operation.state === 'cancelled') blocks.push(...lines(whatExists(all), 4));
  if (begun && operation.plan) blocks.push(...stepBlocks(all, operation.plan, options));
  blocks.push(context(byline(operation)));
  const buttons = [
    ...(operation.state === 'cancelled' && begun ? waysOnButtons(operation) : []),
    ...(operation.plan ? [button('Show plan', ACTION.showPlan, operation.id)] : []),
  ];
  if (buttons.length > 0) blocks.push(actions(`end:${operation.id}`, buttons));
  return view(`${sentence(operation)}: ${words.plain}`, blocks);
}

function closedWords(operation: Operation): { sign: string; text: string; plain: string } {
  const { state } = operation;
  if (state === 'rejected') {
    const last = operation.decisions.findLast((one) => one.verdict === 'reject');
    const reason = last?.reason === undefined ? '' : `\n${quoted(last.reason)}`;
    const by = last ? ` by ${people([last.user])}` : '';
    return { sign: ':no_entry:', text: `rejected${by}. Nothing was touched.${reason}`, plain: 'rejected.' };
  }
  if (state === 'expired') {
    return {
      sign: ':alarm_clock:',
      text: `${lateWords(operation)}. Nothing was touched; type the command again for a fresh plan.`,
      plain: 'expired, nothing was touched.',
    };
  }
  if (state === 'superseded') {
    return {
      sign: ':arrows_counterclockwise:',
      text: `the cloud changed since the plan was approved, so nothing was touched. ${operation.replacedBy ?? 'A newer plan'} asks again and shows what changed.`,
      plain: 'the plan changed, a newer one asks again.',
    };
  }
  const rest =
    operation.startedAt === undefined
      ? 'Nothing was touched.'
      : `Nothing new begins; what exists stays and costs money. ${waysOn(operation)}`;
  return { sign: ':octagonal_sign:', text: `cancelled. ${rest}`, plain: 'cancelled.' };
}

/** How far the approvals of a plan came before it expired. */
export function lateWords({ decisions, policy }: Pick<Operation, 'decisions' | 'policy'>): string {
  const given = decisions.filter((one) => one.verdict === 'approve').length;
  if (given === 0) return 'nobody approved the plan in time';
  return `only ${given} of ${plural(policy.quorum, 'approval')} came in time`;
}

function byline(operation: Operation): string {
  const { startedAt, endedAt } = operation;
  return [
    operation.id,
    `asked for by ${person(operation.requester.user)}`,
    ...(endedAt === undefined ? [] : [when(endedAt)]),
    ...(startedAt === undefined || endedAt === undefined ? [] : [`took ${duration(endedAt - startedAt)}`]),
  ].join('  ·  ');
}
