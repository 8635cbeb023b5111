import { casCertificateId } from '../../cluster/certificate.ts';
import { InputError } from '../../cluster/errors.ts';
import { BANDWIDTH_MBPS, CPU_PERCENT, DISK_GIB, MAX_ASKED_NODES } from '../../cluster/limits.ts';
import { ROLES } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import type { CreateOptions, GroupOptions } from '../../cluster/operation.ts';
import { groupNumbers } from '../../cluster/settings.ts';
import type { Settings } from '../../cluster/settings.ts';
import { groupMistake } from '../../cluster/spec.ts';
import * as check from './checks.ts';
import type { OptionSpec } from './command.ts';

/** The options of create-cluster; what is left out comes from ams.yaml. */
export const CREATE_OPTIONS: readonly OptionSpec[] = [
  { name: 'region', value: '<id>', help: 'where, like eu-central-1', check: check.checkRegion },
  { name: 'zones', value: '<a,b>', help: '2 or more zones; else chosen by stock', check: check.checkZones },
  { name: 'domain', value: '<name>', help: 'the domain that the cluster serves', check: check.checkDomain },
  {
    name: 'certificate',
    value: '<name or CAS id>',
    help: 'for the HTTPS listeners',
    check: check.checkCertificate,
  },
  {
    name: 'image',
    value: '<id>',
    help: 'Ant Media image; else the newest fitting one',
    check: check.checkImage,
  },
  { name: 'vpc', value: '<id>', help: 'an existing VPC to use and never delete', check: check.checkVpc },
  { name: 'cidr', value: '<block>', help: 'address block of the new VPC', check: check.checkCidr },
  { name: 'key-pair', value: '<name>', help: 'an existing key pair', check: check.checkKeyPair },
  {
    name: 'mongo-uri',
    value: '<name>',
    help: 'an existing MongoDB: its name in mongo.uris',
    check: check.checkMongoUri,
  },
  {
    name: 'mongo-type',
    value: '<type>',
    help: 'instance type of the database',
    check: check.checkInstanceType,
  },
  {
    name: 'mongo-disk',
    value: '<GiB>',
    help: 'disk of the database',
    check: check.checkNumber('a size in GiB', DISK_GIB.min, DISK_GIB.max),
  },
  {
    name: 'ubuntu',
    value: '<release>',
    help: 'release of the database: 22.04 or 24.04',
    check: check.checkUbuntu,
  },
  ...ROLES.flatMap(groupOptions),
  {
    name: 'bandwidth',
    value: '<Mbps>',
    help: 'public bandwidth of a node',
    check: check.checkNumber('a bandwidth in Mbps', BANDWIDTH_MBPS.min, BANDWIDTH_MBPS.max),
  },
  { name: 'app', value: '<name>', help: 'AMS application to try on the test flight', check: check.checkApp },
  {
    name: 'dns',
    value: '<print|alidns>',
    help: 'print the CNAME, or set it in Alibaba Cloud DNS',
    check: check.checkDns,
  },
];

function groupOptions(role: Role): OptionSpec[] {
  const count = (word: string, min: number) =>
    check.checkNumber(`a ${word} number of ${role} nodes`, min, MAX_ASKED_NODES);
  return [
    { name: role, value: '<n>', help: `how many ${role} nodes to begin with`, check: count('desired', 1) },
    { name: `${role}-desired`, value: '<n>', help: `the same`, check: count('desired', 1) },
    {
      name: `${role}-type`,
      value: '<type>',
      help: `instance type of ${role} nodes`,
      check: check.checkInstanceType,
    },
    { name: `${role}-min`, value: '<n>', help: `never fewer ${role} nodes`, check: count('smallest', 0) },
    { name: `${role}-max`, value: '<n>', help: `never more ${role} nodes`, check: count('largest', 1) },
    {
      name: `${role}-cpu`,
      value: '<percent>',
      help: 'average CPU that scaling holds',
      check: check.checkNumber('a CPU target in percent', CPU_PERCENT.min, CPU_PERCENT.max),
    },
  ];
}

/**
 * Turns checked options into what the planner takes, and checks them against each other and the settings.
 * @throws InputError
 */
export function readCreateOptions(given: ReadonlyMap<string, string>, settings: Settings): CreateOptions {
  const text = (name: string) => given.get(name);
  const number = (name: string) => (given.has(name) ? Number(given.get(name)) : undefined);
  const zones = text('zones');
  const dns = text('dns');
  const options = compact({
    region: text('region'),
    zones: zones === undefined ? undefined : check.splitZones(zones),
    domain: text('domain')?.toLowerCase(),
    certificate: text('certificate'),
    image: text('image'),
    vpc: text('vpc'),
    cidr: text('cidr'),
    keyPair: text('key-pair'),
    mongoUri: text('mongo-uri'),
    mongoType: text('mongo-type'),
    mongoDisk: number('mongo-disk'),
    ubuntu: text('ubuntu'),
    origin: readGroup('origin', given, settings),
    edge: readGroup('edge', given, settings),
    bandwidth: number('bandwidth'),
    app: text('app'),
    dns: dns === 'print' || dns === 'alidns' ? dns : undefined,
  }) satisfies CreateOptions;
  checkTogether(options, settings);
  return options;
}

function readGroup(
  role: Role,
  given: ReadonlyMap<string, string>,
  settings: Settings,
): GroupOptions | undefined {
  const number = (name: string) => (given.has(name) ? Number(given.get(name)) : undefined);
  if (given.has(role) && given.has(`${role}-desired`))
    throw new InputError(`--${role} and --${role}-desired mean the same.`, 'Give one of them.');
  const group = compact({
    type: given.get(`${role}-type`),
    min: number(`${role}-min`),
    max: number(`${role}-max`),
    desired: number(`${role}-desired`) ?? number(role),
    cpu: number(`${role}-cpu`),
  }) satisfies GroupOptions;
  const mistake = groupOptionsMistake(role, group, settings);
  if (mistake !== undefined)
    throw new InputError(mistake, `Change --${role}-min, --${role} or --${role}-max.`);
  return Object.keys(group).length === 0 ? undefined : group;
}

/** What is wrong with a group's numbers once the defaults are filled in, or nothing. */
export function groupOptionsMistake(role: Role, group: GroupOptions, settings: Settings): string | undefined {
  return groupMistake(role, groupNumbers(settings, role, group));
}

function checkTogether(options: CreateOptions, settings: Settings): void {
  const region = options.region ?? settings.region;
  if (settings.regions.length > 0 && !settings.regions.includes(region))
    throw new InputError(
      `Region ${region} is not allowed here.`,
      `Use one of ${settings.regions.join(', ')}.`,
    );
  if (options.domain === undefined && settings.domain === undefined)
    throw new InputError(
      'The cluster needs a domain, and ams.yaml names none.',
      'Add --domain live.example.com.',
    );
  const stray = options.zones?.find((zone) => !zone.startsWith(region));
  if (stray !== undefined)
    throw new InputError(
      `Zone ${stray} is not in region ${region}.`,
      `Name zones of ${region}, or add --region.`,
    );
  if (options.vpc !== undefined && options.cidr !== undefined)
    throw new InputError(
      '--vpc and --cidr exclude each other: an existing VPC has its block already.',
      'Leave one out.',
    );
  if (
    options.mongoUri !== undefined &&
    (options.mongoType ?? options.mongoDisk ?? options.ubuntu) !== undefined
  )
    throw new InputError(
      'With --mongo-uri no database is made, so its type, disk and release mean nothing.',
      'Leave them out.',
    );
  const { certificate, mongoUri } = options;
  if (
    certificate !== undefined &&
    casCertificateId(certificate) === undefined &&
    !Object.hasOwn(settings.certificates, certificate)
  )
    throw new InputError(
      `There is no certificate "${certificate}" under certificates in ams.yaml.`,
      knownWords(Object.keys(settings.certificates), 'or pass the number of one in CAS'),
    );
  if (mongoUri !== undefined && !mongoUri.includes('://') && !Object.hasOwn(settings.mongo.uris, mongoUri))
    throw new InputError(
      `There is no "${mongoUri}" under mongo.uris in ams.yaml.`,
      knownWords(Object.keys(settings.mongo.uris), 'or leave --mongo-uri out to have a database made'),
    );
}

function knownWords(known: readonly string[], otherwise: string): string {
  return known.length === 0
    ? `None is configured; add it, ${otherwise}.`
    : `Known: ${known.join(', ')}; ${otherwise}.`;
}

function compact<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
