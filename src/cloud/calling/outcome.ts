import { CloudError } from '../errors.ts';

/** The answer, or nothing when the thing asked for does not exist. */
export async function orNothing<Answer>(reading: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof CloudError && error.errorClass === 'not-found') return undefined;
    throw error;
  }
}

/** A deletion: already gone is success. */
export async function gone(deleting: Promise<unknown>): Promise<void> {
  await orNothing(deleting);
}

/** A dry run: `DryRunOperation` says that it would have worked. */
export async function dryRunPassed(running: Promise<unknown>): Promise<void> {
  try {
    await running;
  } catch (error) {
    if (error instanceof CloudError && error.alibabaCode?.toLowerCase() === 'dryrunoperation') return;
    throw error;
  }
}

/** An id that a successful create must have answered with. */
export function idIn(id: string | undefined, product: string, action: string): string {
  if (id !== undefined && id !== '') return id;
  throw new CloudError({ product, action, errorClass: 'server' });
}

/** A change that is made already: success. */
export async function orThere(changing: Promise<unknown>): Promise<void> {
  try {
    await changing;
  } catch (error) {
    if (!(error instanceof CloudError) || error.errorClass !== 'exists') throw error;
  }
}
