import { AmsError } from '../../cluster/errors.ts';
import { ROLES, checkClusterName } from '../../cluster/names.ts';
import { plainMinus } from '../commands/parse.ts';
import { readAmount } from '../commands/scale.ts';
import type { Wanted } from '../commands/request.ts';
import { WITH_LIMITS } from '../views/scale-form.ts';
import type { FieldErrors, FieldValues } from './read-create-form.ts';

/** Reads the form of scale: what is wanted and how it would be typed, or what is wrong at which field. Pure. */
export function readScaleForm(
  values: FieldValues,
): { readonly wanted: Wanted; readonly text: string } | { readonly errors: FieldErrors } {
  const role = ROLES.find((one) => one === values.get('group')) ?? 'edge';
  // As phones write it, with a space behind the sign perhaps.
  const typed = plainMinus((values.get('amount') ?? '').replace(/^([+−–-])\s+/, '$1'));
  const withLimits = values.get('limits') === WITH_LIMITS;
  try {
    const cluster = checkClusterName(values.get('cluster') ?? '');
    const amount = readAmount(typed, role);
    const text = `/ams scale ${role} ${typed} ${cluster}${withLimits ? ' --with-limits' : ''}`;
    return { wanted: { cluster, wish: { kind: 'scale', role, amount, withLimits } }, text };
  } catch (error) {
    if (!(error instanceof AmsError)) throw error;
    return { errors: { amount: `${error.message} ${error.hint}`.replaceAll('`', '') } };
  }
}
