import type { Json } from '../../slack/json.ts';

export type { Json };

export function jsonOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(jsonOf) : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The words of a text object. */
export function wordsOf(value: unknown): string {
  return textOf(jsonOf(value)['text']);
}
