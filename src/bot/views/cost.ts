import type { Wish } from '../../cluster/operation.ts';
import type { Cost } from '../../cluster/plan.ts';
import { escape, money, plural } from './text.ts';

/** Hours of a month as cloud price lists count them. */
const HOURS_A_MONTH = 730;

/**
 * Hourly and monthly, line by line, and what is not in it: all of a new cluster, and of any other change what it adds
 * or saves.
 */
export function costLines(cost: Cost | undefined, wish: Wish): string[] {
  if (!cost)
    return ['*Cost*  could not be learned from the price service; the plan itself does not depend on it.'];
  if (cost.lines.length === 0) return ['*Cost*  does not change.'];
  const known = cost.lines.filter((line) => line.perHour !== undefined);
  const unknown = cost.lines.filter((line) => line.perHour === undefined);
  const isSaved = cost.lines.every((line) => line.count < 0);
  const price = (amount: number): string => money(cost.currency, isSaved ? -amount : amount);
  const title = isSaved ? 'Saved' : wish.kind === 'create' ? 'Cost' : 'Additional cost';
  const { perHour } = pricePerHour(cost);
  const sum = `${price(perHour)} an hour, ${price(perHour * HOURS_A_MONTH)} a month (${HOURS_A_MONTH} h)`;
  const total =
    known.length === 0
      ? 'not known: no price of it could be read.'
      : unknown.length === 0
        ? sum
        : `at least ${sum}; ${plural(unknown.length, 'more price')} not known`;
  return [
    `*${title}*  ${total}`,
    ...known.map(
      (line) => `• ${Math.abs(line.count)} × ${escape(line.what)}: ${price(line.perHour ?? 0)} an hour`,
    ),
    ...unknown.map((line) => `• ${Math.abs(line.count)} × ${escape(line.what)}: price not known`),
    ...(cost.notIncluded.length > 0 ? [`_Not included: ${escape(cost.notIncluded.join('; '))}._`] : []),
  ];
}

/** In a few words: `USD 1.16 an hour`, `at least USD 1.16 an hour more`, `USD 1.16 an hour less`, `cost not known`. */
export function costWords(cost: Cost, wish: Wish): string {
  const unknown = cost.lines.filter((line) => line.perHour === undefined).length;
  if (unknown > 0 && unknown === cost.lines.length) return 'cost not known';
  const { currency, perHour } = pricePerHour(cost);
  const change = wish.kind === 'create' || perHour === 0 ? '' : perHour < 0 ? ' less' : ' more';
  return `${unknown > 0 ? 'at least ' : ''}${money(currency, Math.abs(perHour))} an hour${change}`;
}

/** The sum of what is known. */
function pricePerHour({ currency, lines: all }: Cost): { currency: string; perHour: number } {
  return { currency, perHour: all.reduce((sum, line) => sum + (line.perHour ?? 0), 0) };
}
