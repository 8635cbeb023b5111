import { CloudError } from '../cloud/errors.ts';
import { AmsError } from '../cluster/errors.ts';

/** One line of the doctor's report. */
export interface Finding {
  readonly state: 'good' | 'warning' | 'bad';
  readonly what: string;
  /** What to do; only when something is to be done. */
  readonly fix?: string;
}

export function good(what: string): Finding {
  return { state: 'good', what };
}

export function warning(what: string, fix: string): Finding {
  return { state: 'warning', what, fix };
}

export function bad(what: string, fix: string): Finding {
  return { state: 'bad', what, fix };
}

/** Runs a check; what it throws is a finding too. The text of foreign errors is not shown: it may hold secrets. */
export async function examine(
  what: string,
  work: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AmsError) return [bad(`${what}: ${error.message}`, fixOf(error))];
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return [
      bad(`${what}: no usable answer${code}`, 'Check the address and the network between here and there.'),
    ];
  }
}

/** Hints are written for messages in Slack: here nothing is tried again by itself, and there is no button. */
function fixOf(error: AmsError): string {
  if (!(error instanceof CloudError && error.retryable))
    return error.hint.replace('press Retry', 'run the doctor again');
  return error.errorClass === 'network'
    ? 'Check that this machine reaches Alibaba Cloud (or AMS_ALIBABA_ENDPOINT), and run the doctor again.'
    : 'Run the doctor again later.';
}

const SIGN = { good: 'ok  ', warning: 'warn', bad: 'BAD ' } as const;

/** The report as lines for a terminal. */
export function reportLines(findings: readonly Finding[]): readonly string[] {
  return findings.flatMap(({ state, what, fix }) => [
    `${SIGN[state]}  ${what}`,
    ...(fix === undefined ? [] : [`      -> ${fix}`]),
  ]);
}
