import type { Button } from '@slack/types';
import type { OperationView } from '../../cluster/answers.ts';
import type { Operation } from '../../cluster/operation.ts';
import { ACTION } from './action-ids.ts';
import { button, escape, plural } from './text.ts';

/** What can be done about an operation that did not end well. */
export function waysOn(operation: Operation): string {
  const { rolledBackBy, wish, before, cluster } = operation;
  if (rolledBackBy !== undefined) return `${rolledBackBy} takes it back.`;
  const back: Readonly<Record<Operation['wish']['kind'], string>> = {
    create: 'Roll back removes all that it made.',
    scale: before
      ? `Roll back brings the group back to ${plural(before.desired, 'node')} (${before.min} to ${before.max}).`
      : '',
    repair: 'Roll back removes what the repair made; changed settings stay.',
    destroy: '',
    rollback: `What is left is in \`/ams status ${cluster}\`.`,
  };
  const on = isPartMissing(operation)
    ? `\`/ams repair ${cluster}\` plans what is missing.`
    : 'Retry carries on from there.';
  return `${on} ${back[wish.kind]}`.trim();
}

/** It stopped at something that was there when it was planned and is gone: Retry would not make it again. */
function isPartMissing({ problems }: Operation): boolean {
  return problems.some((one) => one.code === 'missing_part');
}

/** The same in a few words, for one that is stopped just now and that nobody takes back yet. */
export function commandsOn(operation: Operation): string {
  const { id } = operation;
  const back = mayBeTakenBack(operation) ? `, \`/ams rollback ${id}\` takes it back` : '';
  return `\`/ams retry ${id}\` carries it on${back}.`;
}

/** What is removed is gone, and a roll back is carried on or planned anew. */
export function mayBeTakenBack({ wish }: Operation): boolean {
  return wish.kind !== 'destroy' && wish.kind !== 'rollback';
}

/** Their buttons. */
export function waysOnButtons(operation: Operation): Button[] {
  const { id, cluster, rolledBackBy } = operation;
  if (rolledBackBy !== undefined) return [];
  return [
    isPartMissing(operation)
      ? button('Repair', ACTION.repair, cluster, { style: 'primary' })
      : button('Retry', ACTION.retry, id, { style: 'primary' }),
    ...(mayBeTakenBack(operation) ? [button('Roll back', ACTION.rollBack, id, { style: 'danger' })] : []),
  ];
}

/** Titles of steps in which a change of the cloud was under way when the operation ended. */
export function underWay({ operation, steps }: OperationView): readonly string[] {
  return (operation.plan?.steps ?? [])
    .filter((step) => steps[step.id]?.changing === true)
    .map((step) => step.title);
}

/** What a stopped operation has done so far, and what it may have done. */
export function whatExists(all: OperationView): string[] {
  const { operation, steps } = all;
  const planned = (operation.plan?.steps ?? []).filter((step) => step.action !== 'check');
  const done = planned.filter((step) => steps[step.id]?.state === 'done');
  const busy = underWay(all);
  const begun = planned.filter(
    (step) =>
      steps[step.id]?.startedAt !== undefined &&
      steps[step.id]?.state !== 'done' &&
      !busy.includes(step.title),
  );
  const word = { create: 'exists', update: 'changed', remove: 'gone', check: '' };
  return [
    ...(done.length === 0 ? ['Nothing was finished yet.'] : ['*Done so far*']),
    ...done.map((step) => `• ${word[step.action]}: ${escape(step.title)}`),
    ...begun.map((step) => `• begun: ${escape(step.title)}`),
    ...busy.map((title) => `• under way, may still come true: ${escape(title)}`),
  ];
}
