import { createHmac, randomBytes } from 'node:crypto';
import { AmsError } from '../../cluster/errors.ts';
import type { Role } from '../../cluster/names.ts';
import type { NodeSecrets } from '../../cluster/user-data.ts';
import { mongoUriOf } from '../mongo-uri.ts';
import type { Hidden } from '../resource.ts';
import { readSecretPlace } from '../secret-place.ts';

/** Marks of secrets, equal where these are: what is not known has none. They mean nothing outside this process. */
export type SecretMarks = Readonly<Partial<Record<keyof NodeSecrets, string>>>;

const NONE = '';
const KEY = randomBytes(32);

/** Marks under a key that only this process knows, so that what is seen of a template may be handed around. */
export function secretMarks(secrets: Partial<NodeSecrets> | undefined): SecretMarks {
  return Object.fromEntries(
    Object.entries(secrets ?? {}).map(([name, value]) => [
      name,
      value === '' ? NONE : createHmac('sha256', KEY).update(`${name}\n${value}`).digest('hex'),
    ]),
  );
}

/**
 * The secrets that new nodes of a cluster must get, as far as they can be read now: who cannot read one cannot say that
 * another one is wrong. Makes none.
 */
export async function wantedSecrets(look: Hidden): Promise<SecretMarks> {
  const place = look.settings.nodes.licenceKey;
  const [database, jwt, licence] = await Promise.all([
    readable(() => mongoUriOf(look)),
    readable(() => look.secrets.get(look.cluster, 'jwt')),
    readable(async () => (place === undefined ? '' : readSecretPlace(place))),
  ]);
  return secretMarks({
    ...(database === undefined ? {} : { database }),
    ...(jwt === undefined ? {} : { jwt }),
    ...(licence === undefined ? {} : { licence }),
  });
}

/** What differs, one sentence each, without any value. */
export function secretMistakes(role: Role, is: SecretMarks, must: SecretMarks): readonly string[] {
  const differs = (name: keyof NodeSecrets): boolean =>
    is[name] !== undefined && must[name] !== undefined && is[name] !== must[name];
  const licence =
    is.licence === NONE
      ? 'no licence key, ams.yaml names one'
      : must.licence === NONE
        ? 'there is a licence key, ams.yaml names none'
        : 'the licence key is another one than ams.yaml names';
  return [
    ...(differs('database') ? ['the login of the database is another one than the cluster has'] : []),
    ...(differs('jwt') ? ["the secret of the panel's REST API is another one than the cluster has"] : []),
    ...(differs('licence') ? [licence] : []),
  ].map((words) => `new ${role} nodes: ${words}`);
}

async function readable(read: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AmsError) return undefined;
    throw error;
  }
}
