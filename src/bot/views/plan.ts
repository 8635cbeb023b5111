import type { KnownBlock } from '@slack/types';
import type { Operation } from '../../cluster/operation.ts';
import { criticalPathSeconds } from '../../cluster/plan.ts';
import type { Plan } from '../../cluster/plan.ts';
import { ACTION, decisionValue } from './action-ids.ts';
import { costLines } from './cost.ts';
import {
  about,
  actions,
  button,
  context,
  escape,
  header,
  lines,
  people,
  person,
  section,
  plural,
  view,
  when,
  wildcards,
} from './text.ts';
import type { View } from './text.ts';
import { isTooLong } from './fit.ts';
import { headline } from './headline.ts';

const SIGN = {
  create: ':heavy_plus_sign:',
  update: ':pencil2:',
  remove: ':heavy_minus_sign:',
  check: ':mag:',
};

/**
 * The plan as the approver sees it. A plan-only one, and one that is decided, has no buttons; of what is too long for a
 * message, one shows all of it.
 */
export function planView(operation: Operation): View {
  const { plan, state, policy, id } = operation;
  if (!plan) return view(headline(operation), [section(headline(operation))]);
  const awaiting = state === 'awaiting-approval';
  const blocks = planBlocks(operation, plan);
  const whole = isTooLong(blocks) ? [button('Show plan', ACTION.showPlan, id)] : [];
  if (awaiting && operation.digest !== undefined) {
    const value = decisionValue(id, operation.digest);
    blocks.push(
      actions(`decide:${id}`, [
        button('Approve', ACTION.approve, value, { style: 'primary' }),
        button('Reject…', ACTION.reject, value, { style: 'danger' }),
        button('Withdraw', ACTION.cancel, id),
        ...whole,
      ]),
    );
  } else if (whole.length > 0) blocks.push(actions(`plan:${id}`, whole));
  if (state === 'planned') blocks.push(context('A plan only: nothing was started, and nobody was asked.'));
  const title = titleOf(operation);
  const fallback = awaiting
    ? `${title}. Waiting for ${plural(policy.quorum, 'approval')}.`
    : `${title}. ${plural(plan.steps.length, 'step')}.`;
  return view(fallback, blocks);
}

function titleOf(operation: Operation): string {
  return `Plan: ${headline(operation)}`;
}

/** All of a plan, for a window: longer than a message may be. */
export function planBlocks(operation: Operation, plan: Plan): KnownBlock[] {
  const blocks: KnownBlock[] = [header(titleOf(operation)), context(byline(operation))];
  if (operation.differences && operation.differences.length > 0) {
    const words = operation.differences.map((each) => `• ${escape(each)}`);
    blocks.push(
      ...lines(
        [`:arrows_counterclockwise: *Changed since the plan ${operation.replaces ?? 'before'}*`, ...words],
        2,
      ),
    );
  }
  blocks.push(...lines([`*What will be done, in order*`, ...stepLines(plan)], 30));
  const priced = operation.wish.kind === 'create' || operation.wish.kind === 'scale';
  if (plan.cost || priced) blocks.push(...lines(costLines(plan.cost, operation.wish), 3));
  if (plan.risks.length > 0) {
    blocks.push(
      ...lines(
        [
          '*Worth a look before you approve*',
          ...plan.risks.map((risk) => `:warning: ${wildcards(escape(risk))}`),
        ],
        4,
      ),
    );
  }
  if (operation.state === 'awaiting-approval') blocks.push(section(approvalWords(operation)));
  return blocks;
}

function byline(operation: Operation): string {
  const parts = [operation.id, `asked for by ${person(operation.requester.user)}`];
  if (operation.regionId !== undefined) parts.push(escape(operation.regionId));
  if (operation.spec) parts.push(escape(operation.spec.domain));
  if (operation.plan) {
    const seconds = criticalPathSeconds(operation.plan.steps);
    parts.push(`usually takes ${about(seconds * 1_000)}`);
  }
  return parts.join('  ·  ');
}

/** One line a step, `changes` below it. */
function stepLines(plan: Plan): string[] {
  return plan.steps.flatMap((step, index) => [
    `${index + 1}. ${SIGN[step.action]} ${escape(step.title)}`,
    ...step.changes.map((change) => `      ↳ ${escape(change)}`),
  ]);
}

function approvalWords(operation: Operation): string {
  const { id, policy, decisions, expiresAt, requester } = operation;
  const given = decisions.filter((one) => one.verdict === 'approve').map((one) => one.user);
  const missing = policy.quorum - given.length;
  const who =
    policy.approvers.length === 0
      ? 'nobody: name approvers under `approval.approvers` in ams.yaml'
      : people(policy.approvers);
  return [
    `*Needs ${plural(missing, given.length > 0 ? 'more approval' : 'approval')}* from ${who}.`,
    ...(given.length > 0 ? [`Approved so far by ${people(given)}.`] : []),
    // To name them here calls nobody who is no part of it.
    ...(requester.channel.startsWith('D') && policy.approvers.length > 0
      ? [
          `Nobody else sees this direct message: approvers find the plan on my *Home* page, or type \`/ams approve ${id}\`.`,
        ]
      : []),
    ...(policy.selfApproval ? [] : [`${person(requester.user)} cannot approve their own request.`]),
    ...(expiresAt === undefined
      ? []
      : [`Expires ${when(expiresAt)}; nothing is touched before it is approved.`]),
  ].join('\n');
}
