import { countRead } from '../../src/cloud/calling/answers.ts';
import { AmsError } from '../../src/cluster/errors.ts';
import { resource } from '../../src/jobs/resource.ts';
import type { Found, StepKind } from '../../src/jobs/resource.ts';

/** A world of one kind of thing: what was asked for, in order, and what exists. */
export class Things {
  readonly asked: string[] = [];
  /** Of the creates. */
  readonly signals: AbortSignal[] = [];
  readonly there = new Map<string, { ready: boolean }>();
  /** Thrown by the next creates of a part, in turn. */
  readonly refusals = new Map<string, Error[]>();
  /** Parts that stay not ready. */
  readonly slow = new Set<string>();
  /** Parts whose asking takes what is still in the making. */
  readonly early = new Set<string>();
  /** Thrown by the next looks, in turn. */
  readonly troubles: Error[] = [];
  /** Reads of the cloud that each of those looks has made. */
  readsInTrouble = 0;
  /** ClientTokens of the creates. */
  readonly tokens: string[] = [];
  /** Looks that were answered and asks, in order: `look`, `ask a`. */
  readonly seen: string[] = [];

  /** How often somebody looked between each ask for a part and the next one. */
  looksBetweenAsks(part: string): number[] {
    const asks = this.seen.flatMap((one, at) => (one === `ask ${part}` ? [at] : []));
    return asks
      .slice(1)
      .map((at, nth) => this.seen.slice(asks[nth], at).filter((one) => one === 'look').length);
  }

  kind(): StepKind {
    return resource<{ ready: boolean }>({
      kind: 'thing',
      actions: [],
      typicalSeconds: 1,
      deadlineSeconds: 600,
      parts: () => [],
      observe: async () => {
        const trouble = this.troubles.shift();
        if (trouble) {
          for (let read = 0; read < this.readsInTrouble; read += 1) countRead();
          throw trouble;
        }
        this.seen.push('look');
        return [...this.there].map(([part, seen]): Found<{ ready: boolean }> => ({
          part,
          id: part,
          ours: true,
          seen,
        }));
      },
      ready: ({ part, seen }) =>
        seen.ready && !this.slow.has(part)
          ? { state: 'ready' }
          : { state: 'waiting', why: `${part} is being made`, lookAgainMs: 1_000 },
      diff: () => ({ action: 'none' }),
      prepare: async ({ part }) => !this.early.has(part),
      create: async (ctx) => {
        this.asked.push(ctx.part);
        this.seen.push(`ask ${ctx.part}`);
        this.signals.push(ctx.signal);
        this.tokens.push(ctx.token);
        const refusal = this.refusals.get(ctx.part)?.shift();
        if (refusal) throw refusal;
        this.there.set(ctx.part, { ready: true });
      },
      output: ({ id }) => ({ id: `id-of-${id}` }),
    });
  }
}

/** What a cloud says that has no such thing, for now or for good. */
export class Refusal extends AmsError {
  readonly code = 'refusal';

  constructor(retryable: boolean) {
    super('The thing cannot be had.', { hint: 'Ask for another thing.', retryable });
  }
}
