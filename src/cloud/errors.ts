import { AmsError } from '../cluster/errors.ts';
import { classOf } from './calling/error-codes.ts';
import type { ErrorClass } from './calling/error-codes.ts';
import { hintFor, sentenceFor } from './calling/error-words.ts';

export type { ErrorClass } from './calling/error-codes.ts';

const RETRYABLE: ReadonlySet<ErrorClass> = new Set<ErrorClass>([
  'throttled',
  'server',
  'network',
  'processing',
  'busy',
  'in-use',
]);

/** What the SDK writes for a code or a request id that an answer lacks. */
const MISSING = 'undefined';

/** Which call it was. */
export interface CallName {
  /** `ecs`, `vpc`, `alb`, `ess`, `cas`, `alidns`, `sts`, `bss`. */
  readonly product: string;
  /** The API action, `RunInstances`. */
  readonly action: string;
}

/** Everything that is kept of a failed call: an allow-list, since the rest may hold keys and user data. */
export interface CallFacts extends CallName {
  readonly errorClass: ErrorClass;
  /** HTTP status. */
  readonly status?: number | undefined;
  /** Alibaba's code, or the system's (`ECONNRESET`). */
  readonly alibabaCode?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The RAM action that was denied, as Alibaba tells it (`ecs:RunInstances`). */
  readonly deniedAction?: string | undefined;
}

/** A call to Alibaba Cloud that was refused, or that gave no answer. */
export class CloudError extends AmsError {
  readonly code: string;
  readonly product: string;
  readonly action: string;
  readonly errorClass: ErrorClass;
  readonly status: number | undefined;
  readonly alibabaCode: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly deniedAction: string | undefined;
  /** Whether the call may have had its effect all the same: look before doing anything again. */
  readonly unknownOutcome: boolean;

  constructor(facts: CallFacts) {
    super(sentenceFor(facts), { hint: hintFor(facts), retryable: RETRYABLE.has(facts.errorClass) });
    this.code = `cloud_${facts.errorClass.replaceAll('-', '_')}`;
    this.product = facts.product;
    this.action = facts.action;
    this.errorClass = facts.errorClass;
    this.status = facts.status;
    this.alibabaCode = facts.alibabaCode;
    this.requestId = facts.requestId;
    this.retryAfterMs = facts.retryAfterMs;
    this.deniedAction = facts.deniedAction;
    this.unknownOutcome = facts.errorClass === 'server' || facts.errorClass === 'network';
  }
}

/**
 * Turns whatever an SDK threw into ours. Its message, stack, data and cause are dropped: they hold the whole request,
 * private keys, passwords and user data included. A code is copied only when it looks like one.
 */
export function adaptError(thrown: unknown, call: CallName): CloudError {
  if (thrown instanceof CloudError) return thrown;
  const fields: Readonly<Record<string, unknown>> =
    typeof thrown === 'object' && thrown !== null ? (thrown as Record<string, unknown>) : {};
  const name = typeof fields['name'] === 'string' ? fields['name'] : '';
  const alibabaCode = wordOf(fields['code']);
  const status = statusOf(fields);
  const requestId = requestIdOf(fields);
  const retryAfterMs = positive(fields['retryAfter']);
  return new CloudError({
    product: call.product,
    action: call.action,
    errorClass: classOf({
      code: alibabaCode,
      status,
      name,
      outOfUsage: isOutOfUsage(alibabaCode, fields),
      answered: requestId !== undefined,
    }),
    status,
    alibabaCode,
    requestId,
    retryAfterMs,
    deniedAction: deniedActionOf(fields['accessDeniedDetail']),
  });
}

/**
 * An answer with HTTP 200 that says it failed (BSS), or a failure that a background job reports (ALB jobs, scaling
 * activities): only its code counts.
 */
export function errorOfCode(call: CallName, code: string | undefined, requestId?: string): CloudError {
  const alibabaCode = wordOf(code);
  const errorClass = classOf({ code: alibabaCode, status: 400, name: '', outOfUsage: false, answered: true });
  return new CloudError({ ...call, errorClass, alibabaCode, requestId });
}

/** Codes are short words without blanks; anything else could be anything. */
function wordOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text !== MISSING && /^[-\w.]{1,100}$/.test(text) ? text : undefined;
}

function statusOf(fields: Readonly<Record<string, unknown>>): number | undefined {
  const given = fields['statusCode'];
  const status = typeof given === 'string' ? Number(given) : given;
  if (typeof status === 'number' && Number.isInteger(status) && status >= 100 && status < 600) return status;
  const data = fields['data'];
  if (typeof data !== 'object' || data === null) return undefined;
  const inner = (data as Record<string, unknown>)['statusCode'];
  return typeof inner === 'number' ? inner : undefined;
}

/** Request ids are UUIDs or short hexadecimal words. */
function requestIdOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  const data = fields['data'];
  const inner = typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  const found = [fields['requestId'], inner['RequestId'], inner['requestId']].find(
    (value) => typeof value === 'string' && value !== MISSING && /^[0-9A-Za-z-]{8,64}$/.test(value),
  );
  return found as string | undefined;
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
    ? Math.min(value, 300_000)
    : undefined;
}

function deniedActionOf(detail: unknown): string | undefined {
  if (typeof detail !== 'object' || detail === null) return undefined;
  const fields = detail as Record<string, unknown>;
  const action = fields['AuthAction'] ?? fields['authAction'];
  return typeof action === 'string' && /^[\w*-]{1,60}:[\w*]{1,80}$/.test(action) ? action : undefined;
}

/** The one place where a text decides: `OperationDenied` alone means anything (ECS RunInstances). */
function isOutOfUsage(code: string | undefined, fields: Readonly<Record<string, unknown>>): boolean {
  if (code?.toLowerCase() !== 'operationdenied') return false;
  return ['message', 'description'].some(
    (key) => typeof fields[key] === 'string' && /out of usage/i.test(fields[key]),
  );
}
