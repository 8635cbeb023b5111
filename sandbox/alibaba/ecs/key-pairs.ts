import { createHash, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { ApiError, invalidParameter, quotaExceeded } from '../api-error.ts';
import { type Call, flag, jsonTexts, needText, text } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { isVisible } from '../listed.ts';
import { numberedPage } from '../page.ts';
import { inRegion } from '../table.ts';
import { matchesTags, newTags, tagKeyValues, tagsAsked } from '../tags.ts';
import { isoTime, keyPair, nameMatcher } from './lookup.ts';
import { ecsState, type KeyPairEntry } from './state.ts';

const generate = promisify(generateKeyPair);

/** CreateKeyPair: an RSA key of 2048 bits; its private half is told this once. */
export async function createKeyPair(call: Call, cloud: Cloud): Promise<object> {
  refuse(call, cloud);
  const tags = newTags(call.params);
  const { publicKey, privateKey } = await generate('rsa', { modulusLength: 2048 });
  // Another call may have taken the name while the key was made.
  refuse(call, cloud);
  const jwk = publicKey.export({ format: 'jwk' });
  const parts = ['ssh-rsa', Buffer.from(jwk.e ?? '', 'base64url'), Buffer.from(jwk.n ?? '', 'base64url')];
  const blob = Buffer.concat(parts.map((part) => field(part)));
  const entry = add(call, cloud, blob, tags);
  return {
    KeyPairId: entry.id,
    KeyPairName: entry.name,
    KeyPairFingerPrint: entry.fingerprint,
    PrivateKeyBody: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

/** One field of an SSH key: its length, then its bytes; numbers with the highest bit set get a zero before. */
function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const body =
    typeof value !== 'string' && (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** ImportKeyPair: RSA public keys in the OpenSSH form. */
export function importKeyPair(call: Call, cloud: Cloud): object {
  refuse(call, cloud);
  const tags = newTags(call.params);
  const body = needText(call.params, 'PublicKeyBody').trim();
  const entry = add(call, cloud, readPublicKey(body), tags);
  return { KeyPairId: entry.id, KeyPairName: entry.name, KeyPairFingerPrint: entry.fingerprint };
}

function readPublicKey(body: string): Buffer {
  const encoded = /^ssh-rsa ([A-Za-z0-9+/]+=*)(?: [^\r\n]*)?$/.exec(body)?.[1];
  const blob = Buffer.from(encoded ?? '', 'base64');
  const isRsa =
    blob.length > 11 && blob.readUInt32BE(0) === 7 && blob.toString('latin1', 4, 11) === 'ssh-rsa';
  if (isRsa) return blob;
  throw new ApiError(
    'InvalidPublicKeyBody.Malformed',
    400,
    'The specified parameter "PublicKeyBody" is not valid: an OpenSSH line beginning with ssh-rsa is expected.',
  );
}

function refuse(call: Call, cloud: Cloud): void {
  const name = needText(call.params, 'KeyPairName');
  if (!/^(?!https?:\/\/)\p{L}[\p{L}\p{N}._:-]{1,127}$/u.test(name)) {
    throw invalidParameter(
      'KeyPairName',
      name,
      '2 to 128 characters, a letter first',
      'InvalidKeyPairName.Malformed',
    );
  }
  if (keyPair(cloud, call.regionId, name) !== undefined) {
    throw new ApiError('KeyPair.AlreadyExist', 400, `The key pair ${name} already exists.`);
  }
  const quota = cloud.settings.quotas.keyPairs;
  if (ecsState(cloud).keyPairs.count(inRegion(call.regionId)) >= quota)
    throw quotaExceeded('QuotaExceed.KeyPair', 'key pairs', quota);
}

function add(call: Call, cloud: Cloud, blob: Buffer, tags: KeyPairEntry['tags']): KeyPairEntry {
  const { regionId } = call;
  const name = needText(call.params, 'KeyPairName');
  const entry: KeyPairEntry = {
    id: cloud.newId('ssh', regionId),
    regionId,
    name,
    publicKey: `ssh-rsa ${blob.toString('base64')} ${name}`,
    fingerprint: createHash('md5').update(blob).digest('hex'),
    createdAt: cloud.clock.now(),
    visibleAt: cloud.visibleAt(0),
    tags,
  };
  ecsState(cloud).keyPairs.set(`${regionId}/${name}`, entry);
  return entry;
}

/** DescribeKeyPairs. A key pair's name is its id. */
export function describeKeyPairs(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const pattern = text(params, 'KeyPairName');
  const name = pattern?.includes('*') === true ? undefined : pattern;
  const matches = nameMatcher(pattern);
  const fingerprint = text(params, 'KeyPairFingerPrint');
  const all = ecsState(cloud)
    .keyPairs.narrowed(name?.toUpperCase(), ...tagsAsked(params))
    .filter(
      (entry) =>
        entry.regionId === regionId &&
        matches(entry.name) &&
        (name !== undefined || isVisible(entry)) &&
        (fingerprint === undefined || entry.fingerprint === fingerprint) &&
        matchesTags(entry.tags, params),
    );
  const { items, answer } = numberedPage(all, params, { usual: 10, most: 50 });
  return {
    ...answer,
    KeyPairs: {
      KeyPair: items.map((entry) => ({
        KeyPairId: entry.id,
        KeyPairName: entry.name,
        KeyPairFingerPrint: entry.fingerprint,
        CreationTime: isoTime(entry.createdAt),
        ResourceGroupId: '',
        ...(flag(params, 'IncludePublicKey') ? { PublicKey: entry.publicKey } : {}),
        Tags: { Tag: tagKeyValues(entry.tags) },
      })),
    },
  };
}

/** DeleteKeyPairs: unknown names are no error; a key bound to an instance stays, and so do the others. */
export function deleteKeyPairs(call: Call, cloud: Cloud): object {
  const names = jsonTexts(call.params, 'KeyPairNames') ?? [];
  if (names.length === 0 || names.length > 100) {
    throw invalidParameter(
      'KeyPairNames',
      names.length,
      'a JSON array of 1 to 100 names',
      'InvalidKeyPairNames.ValueNotSupported',
    );
  }
  const bound = names.find((name) => cloud.usersOf('keypair', `${call.regionId}/${name}`).length > 0);
  if (bound !== undefined) {
    throw new ApiError(
      'InvalidParameter.KeypairAlreadyAttachedInstance',
      403,
      `The key pair ${bound} is attached to an instance.`,
    );
  }
  for (const name of names) ecsState(cloud).keyPairs.delete(`${call.regionId}/${name}`);
  return {};
}
