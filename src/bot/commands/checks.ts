import { vpcCidrMistake } from '../../cluster/cidr.ts';
import { InputError } from '../../cluster/errors.ts';
import { APP_NAME } from '../../cluster/limits.ts';
import { REGION_ID, ZONE_ID, isDomainName, printable } from '../../cluster/names.ts';
import { ENTRY_NAME } from '../../cluster/settings.ts';

/** Checks of single values, alike for typed options and form fields. Each @throws InputError naming value and rule. */

export function checkRegion(text: string): void {
  if (!REGION_ID.test(text)) bad(text, 'a region id', 'Write it like eu-central-1 or cn-hangzhou.');
}

export function splitZones(text: string): readonly string[] {
  return text
    .split(/[\s,;]+/)
    .map((zone) => zone.trim())
    .filter((zone) => zone !== '');
}

export function checkZones(text: string): void {
  const zones = splitZones(text);
  for (const zone of zones) {
    if (!ZONE_ID.test(zone)) bad(zone, 'a zone id', 'Write them like eu-central-1a,eu-central-1b.');
  }
  if (new Set(zones).size < zones.length)
    throw new InputError('A zone is named twice.', 'Name different zones.');
  if (zones.length < 2 || zones.length > 8) {
    throw new InputError(
      `${zones.length === 1 ? 'One zone is' : `${zones.length} zones are`} too ${zones.length < 2 ? 'few' : 'many'}: a load balancer lives in 2 or more.`,
      'Name 2 to 8, like eu-central-1a,eu-central-1b, or leave --zones out to have them chosen.',
    );
  }
}

export function checkDomain(text: string): void {
  if (isDomainName(text)) return;
  const host = /^[a-z]+:\/\/([^/:\s]+)/i.exec(text)?.[1] ?? text.split('/')[0] ?? '';
  throw new InputError(
    `"${printable(text)}" is not a domain name.`,
    'Write it without https:// and without a path, like live.example.com.',
    host === text ? undefined : { replace: text, by: host },
  );
}

export function checkImage(text: string): void {
  if (!/^[A-Za-z][A-Za-z0-9._-]{2,127}$/.test(text))
    bad(text, 'an image id', 'Write it like m-gw8abc123, as the ECS console shows it.');
}

export function checkVpc(text: string): void {
  if (!/^vpc-[a-z0-9]{3,40}$/.test(text)) bad(text, 'a VPC id', 'Write it like vpc-gw8abc123.');
}

export function checkCidr(text: string): void {
  const mistake = vpcCidrMistake(text);
  if (mistake !== undefined) throw new InputError(mistake, 'Write it like 10.0.0.0/16.');
}

export function checkKeyPair(text: string): void {
  if (!/^[A-Za-z][A-Za-z0-9:_.-]{1,127}$/.test(text))
    bad(text, 'the name of a key pair', 'Use its name in the ECS console.');
}

export function checkInstanceType(text: string): void {
  if (!/^ecs\.[a-z0-9]+([.-][a-z0-9]+)+$/.test(text))
    bad(text, 'an instance type', 'Write it like ecs.c7.xlarge.');
}

/** A configured name, the number of a CAS certificate, or its identifier `<number>-<region>`. */
export function checkCertificate(text: string): void {
  if (!ENTRY_NAME.test(text))
    bad(text, 'a certificate', 'Use a name under certificates in ams.yaml, or the number of one in CAS.');
}

/** A name of `mongo.uris` or a URI; one with a password never gets here (`refusePassword`). */
export function checkMongoUri(text: string): void {
  if (ENTRY_NAME.test(text)) return;
  if (/^mongodb(\+srv)?:\/\/[^\s@]+$/.test(text)) return;
  throw new InputError(
    'The value of --mongo-uri is neither a name nor a MongoDB address.',
    'Pass the name of an entry of mongo.uris in ams.yaml, or mongodb://host:27017/name without a user.',
  );
}

export function checkUbuntu(text: string): void {
  if (text === '22.04' || text === '24.04') return;
  if (text === '18.04' || text === '20.04') {
    throw new InputError(
      `Ubuntu ${text} cannot carry the database: the MongoDB install script wants 22.04 or newer, and ${text} gets no security updates any more.`,
      'Use --ubuntu 22.04 or --ubuntu 24.04.',
    );
  }
  bad(text, 'a release of Ubuntu that the database runs on', 'Use 22.04 or 24.04.');
}

export function checkApp(text: string): void {
  if (!APP_NAME.test(text)) bad(text, 'the name of an AMS application', 'Write it like WebRTCAppEE.');
}

export function checkDns(text: string): void {
  if (text !== 'print' && text !== 'alidns')
    bad(text, 'a way to set the CNAME', 'Use print (you set it) or alidns (I set it in Alibaba Cloud DNS).');
}

/** A whole number from `min` to `max`. */
export function checkNumber(what: string, min: number, max: number): (text: string) => void {
  return (text) => {
    if (!/^\d{1,6}$/.test(text) || Number(text) < min || Number(text) > max)
      bad(text, what, `Use a whole number from ${min} to ${max}.`);
  };
}

function bad(text: string, what: string, hint: string): never {
  throw new InputError(`"${printable(text)}" is not ${what}.`, hint);
}
