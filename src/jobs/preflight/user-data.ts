import { nodeUserData } from '../../cluster/user-data.ts';
import type { Settings } from '../../cluster/settings.ts';
import { existingMongoUri } from '../mongo-uri.ts';
import { readSecretPlace } from '../secret-place.ts';
import type { Findings } from './findings.ts';

/** Stands for what is made later: as long as what comes. */
const LATER = {
  mongoUri: `mongodb://${'u'.repeat(32)}:${'p'.repeat(64)}@255.255.255.255:27017/?authSource=admin`,
  jwtSecret: 'j'.repeat(64),
} as const;

/**
 * What nodes are told at their first boot can be read and written down, and what the test flight needs can be read:
 * else it would be found when half of the cluster stands.
 * @param mongoUri an entry of `mongo.uris` or a URI without a password; undefined for a database of our own
 */
export async function checkUserData(
  input: { readonly cluster: string; readonly mongoUri: string | undefined; readonly settings: Settings },
  findings: Findings,
): Promise<void> {
  const { cluster, mongoUri, settings } = input;
  const { nodes, trustedRoots } = settings;
  await findings.check(async () => {
    const uri = mongoUri === undefined ? LATER.mongoUri : await existingMongoUri(mongoUri, settings);
    if (mongoUri !== undefined && !uri.includes('@'))
      findings.risk('The database is used without a login: make sure that only this VPC reaches it.');
    const licenceKey = nodes.licenceKey === undefined ? undefined : await readSecretPlace(nodes.licenceKey);
    const { stunServer } = nodes;
    const { jwtSecret } = LATER;
    nodeUserData({ cluster, role: 'origin', mongoUri: uri, jwtSecret, stunServer, licenceKey });
  });
  if (trustedRoots !== undefined) await findings.check(() => readSecretPlace(trustedRoots));
}
