import { errorOfCode } from './errors.ts';
import type { Line } from './calling/line.ts';

export interface Balance {
  /** What may still be spent, credit included. */
  readonly available: number;
  /** `USD`, `CNY`. */
  readonly currency: string;
}

/** Billing (BSS 2017-12-14); its place is by account, not by region. */
export interface Bss {
  /** Nothing when the answer holds no amount (QueryAccountBalance). @throws CloudError */
  balance(): Promise<Balance | undefined>;
}

export function createBss(line: Line<'bss'>): Bss {
  return {
    async balance() {
      const answer = await line.callByForm('QueryAccountBalance', {});
      // Many failures come with HTTP 200.
      if (answer['Success'] === false) {
        throw errorOfCode(
          { product: 'bss', action: 'QueryAccountBalance' },
          answer['Code'] as string | undefined,
          answer['RequestId'] as string | undefined,
        );
      }
      const data = answer['Data'] as
        | { readonly AvailableAmount?: string | number; readonly Currency?: string }
        | undefined;
      const amount = data?.AvailableAmount?.toString().replaceAll(',', '');
      const available = amount === undefined || amount === '' ? Number.NaN : Number(amount);
      return Number.isFinite(available) ? { available, currency: data?.Currency ?? 'USD' } : undefined;
    },
  };
}
