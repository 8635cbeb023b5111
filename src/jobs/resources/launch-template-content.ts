import { createHash } from 'node:crypto';
import { canonical } from '../../cluster/plan.ts';
import type { TemplateVersion } from '../../cloud/ecs/templates.ts';
import type { Role } from '../../cluster/names.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { SecretMarks } from './node-secrets.ts';

/** How its nodes are paid: the cluster's own versions never say otherwise, people's may. */
type Paid = 'diskCategory' | 'diskGoes' | 'dataDisks' | 'bandwidthCharge' | 'spotStrategy';

/** What the newest version of a template holds, and what it is compared to. */
export interface SeenTemplate extends Partial<Pick<TemplateVersion, Paid>> {
  readonly launchTemplateId: string;
  readonly name: string;
  readonly latestVersion: number;
  readonly description: string;
  readonly imageId: string | undefined;
  readonly instanceType: string | undefined;
  readonly securityGroupIds: readonly string[];
  readonly keyPairName: string | undefined;
  readonly diskGiB: number | undefined;
  readonly bandwidthMbps: number | undefined;
  readonly hasUserData: boolean;
  /** Of the user data; empty where it names none, undefined where that could not be read there. */
  readonly stunServer?: string | undefined;
  /** Of the secrets in the user data. */
  readonly secretMarks: SecretMarks;
  /** Of the database in the user data; undefined when none could be read there. */
  readonly databaseHost?: string | undefined;
  /** Private address of the cluster's own database; undefined when there is none. */
  readonly wantedDatabaseHost?: string | undefined;
  /** The nodes' security group; undefined when there is none. */
  readonly nodesGroupId: string | undefined;
  /** Name of the key pair that the cluster has or adopts. */
  readonly wantedKeyPair: string | undefined;
}

/** The full set of fields of a version: nothing is inherited from the one before (CreateLaunchTemplateVersion). */
export interface WantedTemplate {
  readonly imageId: string;
  readonly instanceType: string;
  readonly securityGroupId: string;
  readonly keyPairName: string;
  readonly diskGiB: number;
  readonly bandwidthMbps: number;
  readonly instanceName: string;
  /** Base64. */
  readonly userData: string;
  readonly instanceTags: Readonly<Record<string, string>>;
}

/** A description by which an equal version is recognised: a repeated call makes no second one. */
export function contentMark(content: WantedTemplate): string {
  const hash = createHash('sha256').update(canonical(content)).digest('hex').slice(0, 24);
  return `ams-chatops ${hash}`;
}

/** What would make its nodes cost other than their plan said, or leave something behind that costs. Not told: right. */
function paidOtherwise(role: Role, seen: SeenTemplate): readonly string[] {
  const told = [
    ['public bandwidth is paid', seen.bandwidthCharge, 'PayByTraffic'],
    ['disk category', seen.diskCategory, 'cloud_essd'],
    ['spot instances', seen.spotStrategy, 'NoSpot'],
  ] as const;
  const { diskGoes, dataDisks = 0 } = seen;
  return [
    ...told.flatMap(([what, is = '', must]) =>
      is === '' || is === must ? [] : [`new ${role} nodes: ${what} ${is} -> ${must}`],
    ),
    ...(diskGoes === false
      ? [`new ${role} nodes: their disks stay, and cost, when the nodes go; they must go with them`]
      : []),
    ...(dataDisks > 0 ? [`new ${role} nodes: further disks ${dataDisks} -> 0`] : []),
  ];
}

/** What of the spec the newest version does not fulfil, one sentence each. */
export function templateMistakes(role: Role, spec: ClusterSpec, seen: SeenTemplate): readonly string[] {
  const words: string[] = [];
  const compare = (what: string, is: string | number | undefined, must: string | number | undefined) => {
    if (must !== undefined && is !== must)
      words.push(`new ${role} nodes: ${what} ${is ?? 'unset'} -> ${must}`);
  };
  compare('image', seen.imageId, spec.image.imageId);
  compare('instance type', seen.instanceType, spec[role].instanceTypes[0]);
  compare('key pair', seen.keyPairName, seen.wantedKeyPair);
  compare('disk (GiB)', seen.diskGiB, spec.nodes.diskGiB);
  compare('public bandwidth (Mbit/s)', seen.bandwidthMbps, spec.nodes.bandwidthMbps);
  words.push(...paidOtherwise(role, seen));
  if (seen.nodesGroupId !== undefined && seen.securityGroupIds.join() !== seen.nodesGroupId) {
    words.push(
      `new ${role} nodes: security group ${seen.securityGroupIds.join(', ') || 'unset'} -> ${seen.nodesGroupId}`,
    );
  }
  const { databaseHost, wantedDatabaseHost } = seen;
  if (databaseHost !== undefined && spec.database.source === 'instance')
    compare('database', databaseHost, wantedDatabaseHost);
  if (!seen.hasUserData) words.push(`new ${role} nodes: no user data, so they would not join the cluster`);
  return words;
}
