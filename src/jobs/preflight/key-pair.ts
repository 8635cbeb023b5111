import { loginKey } from '../../cloud/ssh/login-key.ts';
import type { RegionCloud } from '../../cloud/cloud.ts';
import type { Settings } from '../../cluster/settings.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { ownerIn } from '../resources/tagged.ts';
import { readSecretPlace } from '../secret-place.ts';
import type { Findings } from './findings.ts';

/**
 * The key pair of the machines: our own, or an existing one. Its private key is needed for the installation of a
 * database of our own, and for nothing else.
 */
export async function chooseKeyPair(
  input: {
    readonly region: RegionCloud;
    readonly named: string | undefined;
    readonly settings: Settings;
    readonly ownDatabase: boolean;
  },
  findings: Findings,
): Promise<ClusterSpec['keyPair'] | undefined> {
  const { named, region, settings, ownDatabase } = input;
  if (named === undefined) return { source: 'own' };
  const otherwise =
    settings.keyPair === undefined
      ? ', or leave --key-pair out to have a pair made.'
      : ', or name another with --key-pair; without keyPair in ams.yaml a pair is made.';
  const place = settings.keyPairs[named];
  if (ownDatabase && place === undefined) {
    findings.problem(
      'key_unknown',
      `The private key of key pair ${named} is not configured, so the database could not be installed.`,
      `Add it under keyPairs in ams.yaml (${named}: file:/path)${otherwise}`,
    );
    return undefined;
  }
  if (ownDatabase && place !== undefined) loginKey(await readSecretPlace(place), `key pair ${named}`);
  const [found] = await region.ecs.listKeyPairs({ name: named });
  const owner = ownerIn(found?.tags);
  if (owner !== undefined) {
    findings.risk(
      `Key pair ${named} was made for cluster ${owner} and is deleted when that one is removed: better use another.`,
    );
  }
  if (found) return { source: 'existing', name: named };
  findings.problem(
    'key_unknown',
    `There is no key pair ${named} in ${region.regionId}.`,
    `Import it there${otherwise}`,
  );
  return undefined;
}
