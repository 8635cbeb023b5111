import type { OperationView } from '../../cluster/answers.ts';
import { closedView, failedView, refusedView, succeededView } from './ended.ts';
import { headline, sentence } from './headline.ts';
import { planView } from './plan.ts';
import { progressView } from './progress.ts';
import type { ProgressOptions } from './progress.ts';
import { context, person, section, view } from './text.ts';
import type { View } from './text.ts';

/** The message of an operation: a pure function of its state. */
export function operationView(all: OperationView, options: ProgressOptions): View {
  const { operation } = all;
  switch (operation.state) {
    case 'draft':
      return view(`Planning: ${headline(operation)}…`, [
        section(`:mag: *${sentence(operation)}*: looking at the cloud and making the plan…`),
        context(
          `${operation.id}  ·  asked for by ${person(operation.requester.user)}  ·  nothing is touched before approval`,
        ),
      ]);
    case 'refused':
      return refusedView(operation);
    case 'planned':
    case 'awaiting-approval':
      return planView(operation);
    case 'approved':
    case 'running':
      return progressView(all, options);
    case 'succeeded':
      return succeededView(all, options);
    case 'failed':
      return failedView(all, options);
    case 'cancelled':
    case 'rejected':
    case 'expired':
    case 'superseded':
      return closedView(all, options);
  }
}
