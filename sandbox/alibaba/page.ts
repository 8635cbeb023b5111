import { ApiError, invalidParameter } from './api-error.ts';
import { number, type Params, text } from './call.ts';

/** One numbered page (PageNumber, PageSize). */
export function numberedPage<T>(
  all: readonly T[],
  params: Params,
  limits: { readonly usual: number; readonly most: number },
): {
  readonly items: readonly T[];
  readonly answer: { TotalCount: number; PageNumber: number; PageSize: number };
} {
  const PageNumber = number(params, 'PageNumber') ?? 1;
  const PageSize = number(params, 'PageSize') ?? limits.usual;
  if (!Number.isInteger(PageNumber) || PageNumber < 1) {
    throw invalidParameter('PageNumber', PageNumber, 'a number from 1');
  }
  if (!Number.isInteger(PageSize) || PageSize < 1 || PageSize > limits.most) {
    throw invalidParameter('PageSize', PageSize, `1 to ${limits.most}`);
  }
  const from = (PageNumber - 1) * PageSize;
  return {
    items: all.slice(from, from + PageSize),
    answer: { TotalCount: all.length, PageNumber, PageSize },
  };
}

/** One page by token (MaxResults, NextToken). The token is empty on the last page. */
export function tokenPage<T>(
  all: readonly T[],
  params: Params,
  limits: { readonly usual: number; readonly most: number },
): { readonly items: readonly T[]; readonly answer: { NextToken: string; MaxResults: number } } {
  const MaxResults = number(params, 'MaxResults') ?? limits.usual;
  if (!Number.isInteger(MaxResults) || MaxResults < 1 || MaxResults > limits.most) {
    throw invalidParameter('MaxResults', MaxResults, `1 to ${limits.most}`);
  }
  const from = offsetOf(text(params, 'NextToken'));
  const next = from + MaxResults;
  return {
    items: all.slice(from, next),
    answer: {
      NextToken: next < all.length ? Buffer.from(`offset:${next}`).toString('base64url') : '',
      MaxResults,
    },
  };
}

function offsetOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const offset = /^offset:(\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (offset === undefined)
    throw new ApiError('InvalidParameter.NextToken', 400, 'The NextToken is not valid.');
  return Number(offset);
}
