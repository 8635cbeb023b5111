import { AmsError } from '../cluster/errors.ts';
import { printable } from '../cluster/names.ts';
import type { Settings } from '../cluster/settings.ts';
import { UNKNOWN } from './planning/spec-from-cloud.ts';
import type { StepContext } from './resource.ts';
import { recallSecret } from './recall-secrets.ts';
import { readSecretPlace } from './secret-place.ts';

/** Nobody knows (any more) how to log in to the cluster's database. */
class DatabaseLoginUnknown extends AmsError {
  readonly code = 'database_login_unknown';
}

/**
 * The complete `mongodb://` URI of the cluster's database, login included: of an own database the stored one, of an
 * existing one what `mongo.uris` in `ams.yaml` names, else the URI of the spec itself. Where Redis has lost it, the one
 * that a launch template still holds. A secret: for user data and connections, never for messages.
 * @throws DatabaseLoginUnknown when there is none
 * @throws SecretPlaceUnreadable when the configured place cannot be read
 */
export async function mongoUriOf(
  ctx: Pick<StepContext, 'cluster' | 'spec' | 'settings' | 'secrets' | 'region'>,
): Promise<string> {
  const { database } = ctx.spec;
  if (database.source === 'uri' && database.uri !== UNKNOWN)
    return existingMongoUri(database.uri, ctx.settings);
  const stored = (await ctx.secrets.get(ctx.cluster, 'mongo')) ?? (await recallSecret(ctx, 'mongo'));
  if (stored !== undefined) return stored;
  if (database.source === 'instance') {
    throw new DatabaseLoginUnknown(`The login of the database of ${ctx.cluster} is not stored.`, {
      hint: `It was lost with Redis or never made, and no launch template holds it: \`/ams repair ${ctx.cluster}\` sets a new one.`,
    });
  }
  throw new DatabaseLoginUnknown(`Which database cluster ${ctx.cluster} uses was lost with Redis.`, {
    hint: 'No launch template holds it either: restore Redis from its backup, or destroy the cluster and create it again with --mongo-uri.',
  });
}

/**
 * The complete URI of an existing database.
 * @param named an entry of `mongo.uris`, or the URI itself
 * @throws DatabaseLoginUnknown when it is neither
 * @throws SecretPlaceUnreadable when the configured place cannot be read
 */
export async function existingMongoUri(named: string, { mongo }: Pick<Settings, 'mongo'>): Promise<string> {
  const place = mongo.uris[named];
  const uri = place === undefined ? named : await readSecretPlace(place);
  if (/^mongodb(\+srv)?:\/\/[^\s]+$/.test(uri)) return uri;
  if (place !== undefined) {
    throw new DatabaseLoginUnknown(
      `The entry ${printable(named)} of mongo.uris does not hold a mongodb:// URI.`,
      { hint: 'Write it as mongodb://user:password@host:27017/?authSource=admin.' },
    );
  }
  throw new DatabaseLoginUnknown(`There is no database "${printable(named)}" under mongo.uris.`, {
    hint: 'Add it to ams.yaml on every worker (name: env:VARIABLE), then press Retry.',
  });
}

/** The hosts that a URI names, without the login, the database and the options. */
export function mongoHostsIn(uri: string): string | undefined {
  return /^mongodb(?:\+srv)?:\/\/(?:[^@/?]*@)?([^/?]+)/.exec(uri)?.[1]?.toLowerCase();
}
