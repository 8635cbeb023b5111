import type { Operation } from '../../cluster/operation.ts';

/** A document of an operation, read once for all visits that go by it. Shared: nobody changes it. */
export interface KnownOperation {
  /** Of the document, SHA-1. */
  readonly digest: string;
  readonly operation: Operation;
}

interface Kept {
  readonly known: KnownOperation;
  readonly size: number;
  usedAt: number;
}

/** Characters of documents that are kept read: a few hundred large operations, thousands of small ones. */
const MOST_CHARACTERS = 8_000_000;
/** What was not used for so long makes room, milliseconds. Else who comes last is not kept: no use in taking turns. */
const IDLE_MS = 120_000;
/** Uses are noted this often. */
const NOTED_MS = 10_000;

/**
 * Operations as this process has read them last. A document is told by its digest, so what is kept is never out of date:
 * either it is that very document, or it is not used.
 */
export class KnownOperations {
  readonly #kept = new Map<string, Kept>();
  #characters = 0;

  get(id: string): KnownOperation | undefined {
    const kept = this.#kept.get(id);
    if (kept === undefined) return undefined;
    const now = performance.now();
    if (now - kept.usedAt > NOTED_MS) {
      kept.usedAt = now;
      this.#kept.delete(id);
      this.#kept.set(id, kept);
    }
    return kept.known;
  }

  /** Reads a document, and keeps it where there is room. */
  read(id: string, digest: string, doc: string): KnownOperation {
    this.forget(id);
    const known = { digest, operation: JSON.parse(doc) as Operation };
    const now = performance.now();
    for (const [oldest, { usedAt }] of this.#kept) {
      if (this.#characters + doc.length <= MOST_CHARACTERS || now - usedAt < IDLE_MS) break;
      this.forget(oldest);
    }
    if (this.#characters + doc.length <= MOST_CHARACTERS) {
      this.#kept.set(id, { known, size: doc.length, usedAt: now });
      this.#characters += doc.length;
    }
    return known;
  }

  forget(id: string): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.#kept.delete(id);
    this.#characters -= kept.size;
  }
}
