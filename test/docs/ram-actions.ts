import { readFileSync } from 'node:fs';
import { kindsByName } from '../../src/jobs/kinds.ts';
import { PREFLIGHT_ACTIONS } from '../../src/jobs/preflight/actions.ts';
import { STATUS_ACTIONS } from '../../src/jobs/status/actions.ts';

/** One statement of a RAM policy (version 1). */
export interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition?: unknown;
}

export interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

export const policy = JSON.parse(readFileSync('deploy/ram-policy.json', 'utf8')) as Policy;

export const policyActions: readonly string[] = policy.Statement.flatMap((statement) => statement.Action);

/** Every action that the code says it calls. */
export const namedActions: ReadonlySet<string> = new Set([
  ...[...kindsByName().values()].flatMap((kind) => kind.actions),
  ...PREFLIGHT_ACTIONS,
  ...STATUS_ACTIONS,
]);

/** Codes of the products in RAM, where they are not the lower-case name of the product. */
const RAM_CODE: Readonly<Record<string, string>> = { CAS: 'yundun-cert', BSS: 'bssapi' };

export function ramAction(product: string, action: string): string {
  return `${RAM_CODE[product] ?? product.toLowerCase()}:${action}`;
}
