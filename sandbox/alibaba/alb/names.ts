import { ApiError } from '../api-error.ts';

/**
 * Checks a name as ALB takes it: 2 to 128 characters, a letter first, then letters, digits, `.`, `_`, `-`.
 * @throws ApiError InvalidParameter
 */
export function checkName(parameter: string, name: string | undefined): void {
  if (name === undefined || /^[\p{L}][\p{L}\p{N}._-]{1,127}$/u.test(name)) return;
  throw new ApiError('InvalidParameter', 400, `The value ${name} of ${parameter} is not a valid name.`);
}
