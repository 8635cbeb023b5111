import type { KnownBlock, PlanBlock, RichTextBlock, TaskCardBlock } from '@slack/types';
import type { OperationView } from '../../cluster/answers.ts';
import { progress } from '../../cluster/operation.ts';
import type { Operation, StepRecord } from '../../cluster/operation.ts';
import { criticalPathSeconds } from '../../cluster/plan.ts';
import type { Plan, PlanStep } from '../../cluster/plan.ts';
import { ACTION } from './action-ids.ts';
import { headline, sentence } from './headline.ts';
import {
  about,
  actions,
  button,
  clip,
  context,
  duration,
  escape,
  header,
  lines,
  person,
  section,
  view,
  when,
} from './text.ts';
import type { View } from './text.ts';

export interface ProgressOptions {
  readonly now: number;
  readonly timeScale: number;
  /** Slack's own `plan` block; false once the workspace refused it. */
  readonly planBlock: boolean;
}

const MAX_TASKS = 40;
const SIGN: Readonly<Record<StepRecord['state'], string>> = {
  pending: ':white_circle:',
  running: ':large_blue_circle:',
  waiting: ':hourglass_flowing_sand:',
  done: ':white_check_mark:',
  failed: ':x:',
};

/** The running operation: each step with its state and time, what it waits for, how long it may take still. */
export function progressView(all: OperationView, options: ProgressOptions): View {
  const { operation, steps } = all;
  const { plan } = operation;
  if (!plan) return view(headline(operation), [section(headline(operation))]);
  const { done, of } = progress(steps, plan);
  const percent = of === 0 ? 100 : Math.floor((done / of) * 100);
  const starting = operation.state === 'approved';
  const title = starting ? `Starting: ${headline(operation)}` : `Running: ${headline(operation)}`;
  const left = remainingMs(plan, steps, options.now, options.timeScale);
  const summary = starting
    ? 'Approved. Taking a last look at the cloud: what was approved is what runs.'
    : `${bar(percent)}  *${done} of ${of} steps*  ·  ${about(left)} to go, by what these steps usually take`;
  const blocks: KnownBlock[] = [header(title), section(summary), ...stepBlocks(all, plan, options)];
  blocks.push(context(byline(operation)));
  blocks.push(
    actions(`run:${operation.id}`, [
      button('Cancel', ACTION.cancel, operation.id, { style: 'danger', confirm: CONFIRM_CANCEL }),
      button('Show plan', ACTION.showPlan, operation.id),
    ]),
  );
  return view(`${title}: ${done} of ${of} steps done.`, blocks);
}

const CONFIRM_CANCEL = {
  title: { type: 'plain_text' as const, text: 'Stop this operation?' },
  text: {
    type: 'mrkdwn' as const,
    text: 'It stops at the next safe point. What exists already stays and costs money until it is carried on or removed.',
  },
  confirm: { type: 'plain_text' as const, text: 'Stop it' },
  deny: { type: 'plain_text' as const, text: 'Let it run' },
  style: 'danger' as const,
};

/** The steps as they stand, for running and ended operations. */
export function stepBlocks(all: OperationView, plan: Plan, options: ProgressOptions): KnownBlock[] {
  if (options.planBlock && plan.steps.length <= MAX_TASKS) return [planBlock(all, plan, options)];
  return lines(
    plan.steps.map((step) => {
      const record = all.steps[step.id];
      const { time, why } = stepWords(record, options.now);
      const words = [time, why === undefined ? undefined : `_${escape(why)}_`].filter(Boolean).join('  ');
      return `${SIGN[record?.state ?? 'pending']} ${escape(step.title)}${words ? `  ${words}` : ''}`;
    }),
    20,
  );
}

function planBlock(all: OperationView, plan: Plan, options: ProgressOptions): PlanBlock {
  const tasks = plan.steps.map((step): TaskCardBlock => {
    const record = all.steps[step.id];
    const { time, why } = stepWords(record, options.now);
    const details = [why, ...(record?.notes ?? [])].filter((one) => one !== undefined).join('\n');
    return {
      type: 'task_card',
      task_id: clip(step.id, 255),
      title: clip(`${step.title}${time === '' ? '' : ` (${time})`}`, 250),
      status: taskStatus(record),
      ...(details === '' ? {} : { details: richText(clip(details, 1_000)) }),
    };
  });
  return { type: 'plan', title: clip(sentence(all.operation), 150), tasks };
}

function taskStatus(record: StepRecord | undefined): TaskCardBlock['status'] {
  const state = record?.state ?? 'pending';
  if (state === 'done') return 'complete';
  if (state === 'failed') return 'error';
  return state === 'running' || state === 'waiting' ? 'in_progress' : 'pending';
}

function richText(text: string): RichTextBlock {
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] };
}

/** Times are rounded to 5 s so that a message does not change for its clock alone. */
function stepWords(record: StepRecord | undefined, now: number): { time: string; why: string | undefined } {
  if (record?.startedAt === undefined) return { time: '', why: undefined };
  const spent = Math.max(0, (record.endedAt ?? now) - record.startedAt);
  const time = record.endedAt === undefined ? duration(Math.floor(spent / 5_000) * 5_000) : duration(spent);
  if (record.state === 'failed') return { time, why: record.problem?.message };
  return { time, why: record.state === 'waiting' || record.state === 'running' ? record.why : undefined };
}

/** Longest chain of what is left, by typical durations; a step that overruns its own counts as nearly done. */
export function remainingMs(
  plan: Plan,
  steps: Readonly<Record<string, StepRecord>>,
  now: number,
  timeScale: number,
): number {
  const rest = plan.steps.map((step): PlanStep => {
    const record = steps[step.id];
    if (record?.state === 'done') return { ...step, typicalSeconds: 0 };
    if (record?.startedAt === undefined) return step;
    const spent = Math.max(0, now - record.startedAt) / 1_000 / timeScale;
    return { ...step, typicalSeconds: Math.max(step.typicalSeconds * 0.1, step.typicalSeconds - spent) };
  });
  return criticalPathSeconds(rest) * 1_000 * timeScale;
}

function bar(percent: number): string {
  const full = Math.round(percent / 10);
  return `\`${'█'.repeat(full)}${'░'.repeat(10 - full)}\` ${percent} %`;
}

function byline(operation: Operation): string {
  const approvers = operation.decisions
    .filter((one) => one.verdict === 'approve')
    .map((one) => person(one.user));
  return [
    operation.id,
    `asked for by ${person(operation.requester.user)}`,
    ...(approvers.length > 0 ? [`approved by ${approvers.join(', ')}`] : []),
    ...(operation.startedAt === undefined ? [] : [`started ${when(operation.startedAt)}`]),
  ].join('  ·  ');
}
