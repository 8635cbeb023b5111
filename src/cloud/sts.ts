import type { Line } from './calling/line.ts';

/** Who the credentials are. */
export interface CallerIdentity {
  readonly accountId: string;
  readonly arn: string;
  /** `Account`, `RAMUser`, `AssumedRoleUser`. */
  readonly identityType: string;
}

/** Identity (STS 2015-04-01). */
export interface Sts {
  /** Needs no permission. @throws CloudError class `identity` when the keys are not accepted (GetCallerIdentity) */
  callerIdentity(): Promise<CallerIdentity>;
}

export function createSts(line: Line<'sts'>): Sts {
  return {
    async callerIdentity() {
      const answer = await line.call('GetCallerIdentity', {});
      return {
        accountId: answer.accountId ?? '',
        arn: answer.arn ?? '',
        identityType: answer.identityType ?? '',
      };
    },
  };
}
