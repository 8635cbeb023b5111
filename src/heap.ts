import { setFlagsFromString } from 'node:v8';

/**
 * How much the heap may grow before what is old in it is collected, percent of what the last collection left. By itself
 * V8 mostly lets a small heap grow to several times that: when a thousand waiting steps look in one round, what they hold for a
 * moment becomes old, and half of the heap is garbage. Less growth than this costs processor time: a tenth more at 25.
 */
const GROWTH_PERCENT = 80;

/**
 * What a function of WebAssembly executes before it is optimized, in bytes about. Node's `fetch` parses answers with one
 * that is a single huge function: to optimize it takes 36 MiB for a moment, of which 10 stayed in one of four processes.
 * V8 does so within the first answers by itself; with this only a process that parses a great deal.
 */
const WASM_BUDGET = 100_000_000;

/**
 * Keeps the resident memory of this process near what it uses. V8 reads the one at each collection, the other when
 * `fetch` is first used.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  setFlagsFromString(`--wasm-tiering-budget=${WASM_BUDGET}`);
}
