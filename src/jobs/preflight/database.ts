import type { RegionCloud } from '../../cloud/cloud.ts';
import { sshBlock } from '../../cluster/cidr.ts';
import { InputError } from '../../cluster/errors.ts';
import type { CreateOptions } from '../../cluster/operation.ts';
import type { Settings } from '../../cluster/settings.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Findings } from './findings.ts';
import { chooseUbuntuImage } from './images.ts';

/** The cluster's database: an instance of our own, or one that exists already. */
export async function chooseDatabase(
  input: {
    readonly region: RegionCloud;
    readonly options: CreateOptions;
    readonly settings: Settings;
    readonly mongoTypes: readonly string[];
  },
  findings: Findings,
): Promise<ClusterSpec['database'] | undefined> {
  const { region, options, settings } = input;
  if (options.mongoUri !== undefined) return existing(options.mongoUri, settings, findings);
  const osRelease = options.ubuntu ?? settings.mongo.ubuntu;
  if (osRelease !== '22.04' && osRelease !== '24.04') {
    findings.problem(
      'bad_ubuntu',
      `MongoDB's installer does not support Ubuntu ${osRelease}.`,
      'Use --ubuntu 22.04 or --ubuntu 24.04.',
    );
    return undefined;
  }
  const sshFrom = sshSource(settings.ssh.from, findings);
  const imageId = await chooseUbuntuImage(region, osRelease, findings);
  if (imageId === undefined || sshFrom === undefined) return undefined;
  return {
    source: 'instance',
    instanceTypes: input.mongoTypes,
    diskGiB: options.mongoDisk ?? settings.mongo.diskGiB,
    imageId,
    osRelease,
    sshFrom,
  };
}

function existing(text: string, settings: Settings, findings: Findings): ClusterSpec['database'] | undefined {
  if (settings.mongo.uris[text] !== undefined) return { source: 'uri', uri: text };
  if (!/^mongodb(\+srv)?:\/\//.test(text)) {
    const known = Object.keys(settings.mongo.uris);
    findings.problem(
      'mongo_unknown',
      `"${text}" is neither a mongodb:// address nor an entry of mongo.uris.`,
      known.length > 0
        ? `Entries: ${known.join(', ')}.`
        : 'Add it under mongo.uris in ams.yaml: name: env:VARIABLE.',
    );
    return undefined;
  }
  if (/^mongodb(\+srv)?:\/\/[^/@]*@/.test(text)) {
    throw new InputError(
      'A database address with a password does not belong in a chat.',
      'Put it under mongo.uris in ams.yaml (name: env:VARIABLE) and give that name.',
    );
  }
  return { source: 'uri', uri: text };
}

/** The address that may open SSH to the database; the whole internet is refused. */
function sshSource(from: string | undefined, findings: Findings): string | undefined {
  if (from === undefined) {
    findings.problem(
      'ssh_from_missing',
      "The database must accept SSH from this bot only, and the bot's own address is not configured.",
      "Set ssh.from in ams.yaml to the public address that the worker's connections come from, like 203.0.113.7/32.",
    );
    return undefined;
  }
  const block = sshBlock(from);
  if (block === undefined) {
    findings.problem(
      'ssh_from_wide',
      `ssh.from ${from} would open SSH to far too many addresses.`,
      "Use the worker's own address with /32, or a block of /16 or smaller.",
    );
  }
  return block;
}
