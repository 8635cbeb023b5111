import type { Button, HomeView, KnownBlock } from '@slack/types';
import type { ClusterRecord, OperationView } from '../../cluster/answers.ts';
import type { AmsError } from '../../cluster/errors.ts';
import type { Glance } from '../../cluster/glance.ts';
import { isUnderWay, progress } from '../../cluster/operation.ts';
import type { Operation } from '../../cluster/operation.ts';
import { criticalPathSeconds } from '../../cluster/plan.ts';
import { ACTION, decisionValue, NO_CLUSTER } from './action-ids.ts';
import { sentence } from './headline.ts';
import { operationLine } from './lists.ts';
import { costWords } from './cost.ts';
import { mayBeTakenBack } from './stopped.ts';
import { HEALTH_SIGN, HEALTH_WORD } from './status.ts';
import {
  about,
  actions,
  button,
  clip,
  context,
  escape,
  header,
  lines,
  markup,
  people,
  person,
  plural,
  section,
  when,
} from './text.ts';

/** Slack's limit for a home. */
const MAX_BLOCKS = 100;
/** So many of each are shown; the rest is counted. */
export const SHOWN = { clusters: 20, pending: 10, running: 8, lately: 5 } as const;

export interface HomeCluster {
  readonly record: ClusterRecord;
  readonly glance: Glance | undefined;
  /** The operation that holds it. */
  readonly operation: Operation | undefined;
}

export interface HomeState {
  readonly user: string;
  readonly isApprover: boolean;
  readonly clusters: readonly HomeCluster[];
  readonly pending: readonly Operation[];
  /** Those that are shown, of so many. */
  readonly running: readonly OperationView[];
  readonly runningCount: number;
  /** Operations that are over, newest first. */
  readonly lately: readonly Operation[];
}

/** The app's home: what waits for this person first, then what is going on, then how the clusters are. */
export function homeView(state: HomeState): HomeView {
  const { clusters, pending, running, runningCount, lately } = state;
  const blocks: KnownBlock[] = [
    actions('home:shortcuts', [
      button('Create a cluster…', ACTION.openCreate, 'new', { style: 'primary' }),
      ...(clusters.length === 0 ? [] : [button('Scale…', ACTION.openScale, NO_CLUSTER)]),
    ]),
  ];
  if (pending.length > 0) {
    blocks.push(header(`:raised_hand: ${plural(pending.length, 'plan')} waiting for approval`));
    for (const one of pending.slice(0, SHOWN.pending)) blocks.push(...pendingBlocks(one, state));
    blocks.push(...rest(pending.length - SHOWN.pending, '`/ams ops --live` lists all.'));
  }
  if (running.length > 0) {
    blocks.push(header(`:gear: ${plural(runningCount, 'operation')} under way`));
    for (const one of running.slice(0, SHOWN.running)) blocks.push(...runningBlocks(one, state));
    blocks.push(...rest(runningCount - SHOWN.running, '`/ams ops --live` lists all.'));
  }
  blocks.push(header(clusters.length === 0 ? 'No clusters yet' : plural(clusters.length, 'cluster')));
  if (clusters.length === 0)
    blocks.push(
      section(
        'The button above opens a form with the defaults. It is planned first, with its cost; an approver says yes before anything is made. Should there be some? `/ams clusters` looks for them in the cloud.',
      ),
    );
  for (const one of clusters.slice(0, SHOWN.clusters)) blocks.push(...clusterBlocks(one));
  blocks.push(...rest(clusters.length - SHOWN.clusters, '`/ams clusters` lists all.'));
  if (lately.length > 0)
    blocks.push(header('Lately'), ...lines(lately.slice(0, SHOWN.lately).map(operationLine), 2));
  blocks.push(context('`/ams help` in a channel shows all that can be typed.'));
  return { type: 'home', blocks: blocks.slice(0, MAX_BLOCKS) };
}

/** For whoever may not use the bot: why, and whom to ask. */
export function refusedHome(error: Pick<AmsError, 'message' | 'hint'>): HomeView {
  return {
    type: 'home',
    blocks: [section(`:no_entry_sign: ${markup(error.message)}\n${markup(error.hint)}`)],
  };
}

function pendingBlocks(operation: Operation, { user, isApprover }: HomeState): KnownBlock[] {
  const { id, policy, decisions, digest, requester, expiresAt, plan } = operation;
  const given = decisions.filter((one) => one.verdict === 'approve').map((one) => one.user);
  const isOwn = requester.user === user;
  const mayApprove = isApprover && !given.includes(user) && (!isOwn || policy.selfApproval);
  const facts = [
    ...(plan === undefined ? [] : [plural(plan.steps.length, 'step')]),
    ...(plan?.cost === undefined ? [] : [costWords(plan.cost, operation.wish)]),
    ...(expiresAt === undefined ? [] : [`expires ${when(expiresAt)}`]),
  ];
  const missing = policy.quorum - given.length;
  const words = [
    `*${escape(sentence(operation))}*  \`${id}\``,
    `asked for by ${person(requester.user)}${facts.length === 0 ? '' : `  ·  ${facts.join('  ·  ')}`}`,
    `Needs ${plural(missing, given.length > 0 ? 'more approval' : 'approval')} from ${policy.approvers.length === 0 ? 'nobody: no approvers are named' : people(policy.approvers)}.`,
    ...(plan?.risks ?? []).slice(0, 3).map((risk) => `:warning: ${escape(risk)}`),
  ];
  const value = digest === undefined ? undefined : decisionValue(id, digest);
  const confirm = {
    title: { type: 'plain_text' as const, text: 'Approve this plan?' },
    text: {
      type: 'plain_text' as const,
      text: clip(`${sentence(operation)} (${id}). Show plan has all of it. It starts at once.`, 300),
    },
    confirm: { type: 'plain_text' as const, text: 'Approve' },
    deny: { type: 'plain_text' as const, text: 'Not yet' },
  };
  const buttons: Button[] = [
    ...(mayApprove && value !== undefined
      ? [button('Approve', ACTION.approve, value, { style: 'primary', confirm })]
      : []),
    ...(isApprover && value !== undefined
      ? [button('Reject…', ACTION.reject, value, { style: 'danger' })]
      : []),
    ...(isOwn ? [button('Withdraw', ACTION.cancel, id)] : []),
    button('Show plan', ACTION.showPlan, id),
  ];
  return [section(words.join('\n')), actions(`home:pending:${id}`, buttons)];
}

function runningBlocks({ operation, steps }: OperationView, state: HomeState): KnownBlock[] {
  const { id, plan, startedAt, requester } = operation;
  const count = plan ? progress(steps, plan) : { done: 0, of: 0 };
  const waitsFor = Object.values(steps).find((one) => one.state === 'waiting' && one.why !== undefined)?.why;
  const usual = plan ? `  ·  usually takes ${about(criticalPathSeconds(plan.steps) * 1_000)}` : '';
  const words = [
    `*${escape(sentence(operation))}*  \`${id}\``,
    startedAt === undefined
      ? 'about to start'
      : `${count.done} of ${count.of} steps done  ·  started ${when(startedAt)}${usual}`,
    ...(waitsFor === undefined ? [] : [`_${escape(waitsFor)}_`]),
  ];
  const mayStop = state.isApprover || requester.user === state.user;
  return [
    section(words.join('\n')),
    actions(`home:running:${id}`, [
      button('Show plan', ACTION.showPlan, id),
      ...(mayStop
        ? [button('Cancel', ACTION.cancel, id, { style: 'danger', confirm: stopConfirm(operation) })]
        : []),
    ]),
  ];
}

function stopConfirm(operation: Operation): NonNullable<Button['confirm']> {
  const ways = mayBeTakenBack(operation) ? 'carried on or rolled back' : 'carried on';
  return {
    title: { type: 'plain_text', text: 'Stop this operation?' },
    text: {
      type: 'plain_text',
      text: `${operation.id} begins nothing new; what exists stays. It can be ${ways}.`,
    },
    confirm: { type: 'plain_text', text: 'Stop it' },
    deny: { type: 'plain_text', text: 'Let it run' },
  };
}

function clusterBlocks({ record, glance, operation }: HomeCluster): KnownBlock[] {
  const { cluster, regionId, domain } = record;
  const isBusy = operation !== undefined && isUnderWay(operation);
  const place = [regionId, ...(domain === undefined ? [] : [domain])].map(escape).join('  ·  ');
  const words = [`${verdict(cluster, glance, isBusy)}  ${place}`];
  const isSeen = glance !== undefined && (glance.groups.length > 0 || !isBusy);
  const facts = isSeen ? glanceFacts(glance) : [];
  if (facts.length > 0) words.push(facts.join('  ·  '));
  if (operation) words.push(`${escape(sentence(operation))} (\`${operation.id}\`)${standing(operation)}`);
  // While somebody works on it, what is not there yet is no news.
  if (!isBusy) words.push(...(glance?.findings ?? []).map((one) => `:warning: ${escape(one)}`));
  if (!isBusy && (glance?.drift ?? 0) > 0)
    words.push(
      `:wrench: differs from what it should be; \`/ams repair ${cluster}\` plans what sets it right`,
    );
  return [
    section(words.join('\n')),
    actions(`home:cluster:${cluster}`, [
      button('Status', ACTION.askStatus, cluster),
      button('Scale…', ACTION.openScale, cluster),
    ]),
  ];
}

function standing({ state }: Operation): string {
  if (state === 'draft') return ' is being planned';
  return state === 'awaiting-approval' ? ' waits for approval' : '';
}

function verdict(cluster: string, glance: Glance | undefined, isBusy: boolean): string {
  // What is being made or removed is neither well nor ill: its operation tells how it goes.
  if (isBusy && glance?.health !== 'good') return `:hourglass_flowing_sand: *${escape(cluster)}*`;
  if (glance === undefined) return `:white_circle: *${escape(cluster)}* is being read…`;
  return `${HEALTH_SIGN[glance.health]} *${escape(cluster)}* ${HEALTH_WORD[glance.health]}`;
}

function glanceFacts({ groups, certificateDays, isCertificateDue, readAt }: Glance): string[] {
  const certificate =
    certificateDays === undefined
      ? []
      : [
          `${isCertificateDue === true ? ':warning: ' : ''}certificate ${certificateDays < 0 ? 'expired' : `${plural(certificateDays, 'day')} left`}`,
        ];
  return [
    ...groups.map((one) => `${one.role} ${one.serving}/${one.desired}`),
    ...certificate,
    `read ${when(readAt)}`,
  ];
}

function rest(count: number, where: string): KnownBlock[] {
  return count > 0 ? [context(`…and ${count} more. ${where}`)] : [];
}
