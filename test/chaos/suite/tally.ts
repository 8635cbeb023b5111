import { count } from './judge.ts';
import { rowOf } from './points.ts';
import type { FaultPoint } from './points.ts';
import type { RunResult } from './run.ts';

interface Row {
  found: number;
  tried: number;
  converged: number;
  stopped: number;
  lost: number;
  duplicated: number;
  orphaned: number;
}

const COLUMNS = ['found', 'tried', 'converged', 'stopped', 'lost', 'duplicated', 'orphaned'] as const;

/** Counts what became of each fault, by kind. */
export class Tally {
  readonly #rows = new Map<string, Row>();

  /** Adds what there is to try. */
  found(points: readonly FaultPoint[]): void {
    for (const point of points) this.#row(point).found += 1;
  }

  /** Counts the faults that happened in a life: with a wrong end only when they were alone in it. */
  lived(points: readonly FaultPoint[], result: RunResult): void {
    const struck = new Set(result.struck);
    const wrong = result.outcomes.find((one) => count(one.found) > 0);
    for (const point of points) {
      const outcome = result.outcomes.find((one) => one.operation === point.operation);
      if (outcome === undefined || !struck.has(point.id)) continue;
      const row = this.#row(point);
      row.tried += 1;
      if (wrong !== undefined) {
        if (wrong.found.lost.length > 0) row.lost += 1;
        if (wrong.found.duplicated.length > 0) row.duplicated += 1;
        if (wrong.found.orphaned.length > 0) row.orphaned += 1;
      } else if (outcome.stops.length > 0) row.stopped += 1;
      else row.converged += 1;
    }
  }

  get total(): Row {
    const total = empty();
    for (const row of this.#rows.values()) for (const column of COLUMNS) total[column] += row[column];
    return total;
  }

  toString(): string {
    const lines = [...this.#rows, ['all', this.total] as const];
    const head = [
      'fault',
      'found',
      'tried',
      'converged',
      'stopped with a clear message',
      'lost',
      'duplicated',
      'orphaned',
    ];
    const cells = lines.map(([name, row]) => [name, ...COLUMNS.map((column) => String(row[column]))]);
    const widths = head.map((title, index) =>
      Math.max(title.length, ...cells.map((one) => one[index]?.length ?? 0)),
    );
    const line = (one: readonly string[]) =>
      `| ${one.map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join(' | ')} |`;
    return [
      line(head),
      `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
      ...cells.map(line),
    ].join('\n');
  }

  #row(point: FaultPoint): Row {
    const name = rowOf(point);
    const row = this.#rows.get(name) ?? empty();
    this.#rows.set(name, row);
    return row;
  }
}

function empty(): Row {
  return { found: 0, tried: 0, converged: 0, stopped: 0, lost: 0, duplicated: 0, orphaned: 0 };
}
