import { AmsError } from '../../cluster/errors.ts';
import { ROLES, checkClusterName } from '../../cluster/names.ts';
import type { Settings } from '../../cluster/settings.ts';
import { splitZones } from '../commands/checks.ts';
import { CREATE_OPTIONS, groupOptionsMistake, readCreateOptions } from '../commands/create-options.ts';
import { refusePassword } from '../commands/parse.ts';
import type { Wanted } from '../commands/request.ts';
import { CAS_FIELD } from '../views/create-form.ts';

/** Errors by field, as Slack shows them. */
export type FieldErrors = Record<string, string>;

/** Values by field; empty ones are left out. */
export type FieldValues = ReadonlyMap<string, string>;

/** Reads the form of create-cluster: what is wanted, or what is wrong at which field. Pure. */
export function readCreateForm(
  values: FieldValues,
  settings: Settings,
): { wanted: Wanted } | { errors: FieldErrors } {
  const errors: FieldErrors = {};
  const name = values.get('name') ?? '';
  at('name', errors, () => checkClusterName(name));
  const options = new Map<string, string>();
  for (const [field, value] of values) {
    if (field === 'name' || isAsFilled(field, value, settings)) continue;
    // Whoever typed a number means that one, whatever stands chosen above it.
    if (field === 'certificate' && values.has(CAS_FIELD)) continue;
    const option = field === CAS_FIELD ? 'certificate' : field;
    const spec = CREATE_OPTIONS.find((one) => one.name === option);
    if (!spec) continue;
    at(field, errors, () => {
      refusePassword(value);
      spec.check?.(value);
    });
    options.set(option, value);
  }
  if (Object.keys(errors).length > 0) return { errors };
  for (const role of ROLES) {
    const number = (field: string) =>
      options.has(field) ? { value: Number(options.get(field)) } : undefined;
    const [min, max, desired] = [number(`${role}-min`), number(`${role}-max`), number(role)];
    const mistake = groupOptionsMistake(
      role,
      {
        ...(min && { min: min.value }),
        ...(max && { max: max.value }),
        ...(desired && { desired: desired.value }),
      },
      settings,
    );
    if (mistake !== undefined)
      errors[mistake.includes('desired') ? role : `${role}-${/\bmin\b/.test(mistake) ? 'min' : 'max'}`] =
        mistake;
  }
  if (Object.keys(errors).length > 0) return { errors };
  try {
    return {
      wanted: { cluster: name, wish: { kind: 'create', options: readCreateOptions(options, settings) } },
    };
  } catch (error) {
    if (!(error instanceof AmsError)) throw error;
    return { errors: { [fieldOf(error.message)]: words(error) } };
  }
}

/**
 * What ams.yaml only prefers, as the form was filled with it: nobody insists on that, so another type or zone may take
 * its place where it is sold out, as with a command that leaves it out.
 */
function isAsFilled(field: string, value: string, settings: Settings): boolean {
  if (field === 'zones') return splitZones(value).join() === settings.zones.join();
  return ROLES.some((role) => field === `${role}-type` && value === settings[role].instanceTypes[0]);
}

function at(field: string, errors: FieldErrors, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof AmsError)) throw error;
    errors[field] = words(error);
  }
}

function words(error: AmsError): string {
  return `${error.message} ${error.hint}`.replaceAll('`', '').slice(0, 400);
}

/** Mistakes between fields are told at the one that is easiest to change. */
function fieldOf(message: string): string {
  if (message.startsWith('Zone ')) return 'zones';
  // It repeats what was typed, which may speak of a domain.
  if (message.includes('certificate')) return CAS_FIELD;
  if (message.includes('domain')) return 'domain';
  return 'region';
}
