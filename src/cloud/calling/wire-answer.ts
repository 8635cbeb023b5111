import { eachOnce } from './each-once.ts';
import type { WireParameters } from './line.ts';

/** One object of an answer that has its wire names, read field by field without trusting its shape. */
export interface WireObject {
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  boolean(name: string): boolean | undefined;
  texts(name: string): readonly string[];
  objects(name: string): readonly WireObject[];
}

/** Wraps a raw answer. Empty texts count as absent. The wrap of what was wrapped before is the same one. */
export const wireObject = eachOnce(wrap);

function wrap(fields: WireParameters): WireObject {
  return {
    text(name) {
      const value = fields[name];
      if (typeof value === 'number') return String(value);
      return typeof value === 'string' && value !== '' ? value : undefined;
    },
    number(name) {
      const value = fields[name];
      const number = typeof value === 'string' && value !== '' ? Number(value) : value;
      return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
    },
    boolean(name) {
      const value = fields[name];
      if (typeof value === 'boolean') return value;
      return value === 'true' ? true : value === 'false' ? false : undefined;
    },
    texts: (name) => listOf(fields[name]).filter((each) => typeof each === 'string'),
    objects: (name) =>
      listOf(fields[name])
        .filter((each) => typeof each === 'object' && each !== null)
        .map((each) => wireObject(each as WireParameters)),
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
