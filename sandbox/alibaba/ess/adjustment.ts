import { oneOf, within } from './lookup.ts';

const ADJUSTMENTS = ['QuantityChangeInCapacity', 'PercentChangeInCapacity', 'TotalCapacity'];

/** Limits of an adjustment's value by its type. */
export function checkAdjustment(type: string, value: number): void {
  oneOf('AdjustmentType', type, ADJUSTMENTS);
  if (type === 'QuantityChangeInCapacity') within('AdjustmentValue', value, -1000, 1000);
  if (type === 'PercentChangeInCapacity') within('AdjustmentValue', value, -100, 10_000);
  if (type === 'TotalCapacity') within('AdjustmentValue', value, 0, 2000);
}
