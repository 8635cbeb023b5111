import { createHash } from 'node:crypto';
import { ApiError } from './api-error.ts';
import type { Call } from './call.ts';
import type { ProductCodes } from './product.ts';

interface Remembered {
  readonly digest: string;
  answer: unknown;
  isDone: boolean;
}

/**
 * Remembers what was answered to each ClientToken. Refused calls and dry runs are forgotten, so that they can be
 * repeated with the same token.
 */
export function createTokens(): (
  call: Call,
  codes: ProductCodes,
  work: () => Promise<unknown>,
) => Promise<unknown> {
  const tokens = new Map<string, Remembered>();

  return async function once(call, codes, work) {
    if (call.clientToken === undefined || call.params['DryRun'] === true) return work();
    const key = `${call.product}/${call.action}/${call.regionId}/${call.clientToken}`;
    const digest = digestOf(call);
    const known = tokens.get(key);
    if (known !== undefined) {
      if (known.digest !== digest) {
        throw new ApiError(
          codes.tokenMismatch,
          400,
          'The request uses the same client token as a previous, but non-identical request.',
        );
      }
      if (!known.isDone) {
        throw new ApiError(
          codes.tokenProcessing,
          403,
          'The previous idempotent request is still processing.',
        );
      }
      return known.answer;
    }
    const entry: Remembered = { digest, answer: undefined, isDone: false };
    tokens.set(key, entry);
    try {
      entry.answer = await work();
      entry.isDone = true;
      return entry.answer;
    } catch (error) {
      tokens.delete(key);
      throw error;
    }
  };
}

function digestOf(call: Call): string {
  const { ClientToken: _token, ...rest } = call.params;
  return createHash('sha256').update(canonical(rest)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([name, inner]) => `${name}:${canonical(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? '';
}
