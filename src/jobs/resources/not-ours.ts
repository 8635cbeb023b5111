import { CloudError } from '../../cloud/errors.ts';
import { AmsError } from '../../cluster/errors.ts';

/** Somebody else's resource holds the name or the place that a part of the cluster needs. It is never touched. */
export class NotOurs extends AmsError {
  readonly code = 'not_ours';
  /** What it is, with its name or id: `scaling group live-eu-scaling-group-edge`. */
  readonly what: string;

  constructor(what: string, cluster: string, waysOut: string) {
    super(
      `The ${what} is in the way of cluster ${cluster} and does not carry its tags, so it is left alone.`,
      {
        hint: waysOut,
      },
    );
    this.what = what;
  }
}

/** For resources whose name is unique in the region: the three ways out. */
export const RENAME_OR_REMOVE =
  'Rename or remove it if nobody needs it and press Retry, or create the cluster under another name.';

/**
 * A create whose name the cloud may refuse as taken: by our own thing, of an earlier try, that is no failure (it is
 * seen at the next look), by somebody else's it is told. To ask only then saves asking before each create.
 * @param whose looks the name up: who else has it, or nothing
 * @throws NotOurs, and what the create throws otherwise
 */
export async function unlessTaken<Answer>(
  creating: Promise<Answer>,
  whose: () => Promise<NotOurs | undefined>,
): Promise<Answer | undefined> {
  try {
    return await creating;
  } catch (error) {
    if (!(error instanceof CloudError) || error.errorClass !== 'exists') throw error;
    const other = await whose();
    if (other) throw other;
    return undefined;
  }
}
