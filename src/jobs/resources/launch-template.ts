import { randomBytes } from 'node:crypto';
import { AmsError } from '../../cluster/errors.ts';
import { MANAGED_BY, ROLES, TAG, clusterTags, resourceName } from '../../cluster/names.ts';
import { nodeUserData } from '../../cluster/user-data.ts';
import { mongoUriOf } from '../mongo-uri.ts';
import { resource } from '../resource.ts';
import type { Found, Observing, StepContext } from '../resource.ts';
import { readSecretPlace } from '../secret-place.ts';
import { contentMark, templateMistakes } from './launch-template-content.ts';
import type { SeenTemplate, TemplateContent } from './launch-template-content.ts';
import { NotOurs, RENAME_OR_REMOVE } from './not-ours.ts';
import { roleOf } from './server-group.ts';
import { isOurs, oldestFirst, ours, partOf, tagsFor } from './tagged.ts';

/** A version holds what we wrote and still shows something else: writing it again would only fill the 30 versions. */
class VersionNotTaken extends AmsError {
  readonly code = 'template_not_taken';

  constructor(seen: SeenTemplate) {
    super(
      `Version ${seen.latestVersion} of launch template ${seen.name} does not show what was written into it.`,
      {
        hint: 'Look at that version in the ECS console; delete it there if it is damaged, then press Retry.',
      },
    );
  }
}

/**
 * What Auto Scaling makes nodes from. The user data holds the database's address and login, so an own database must
 * be proven first. Any change is a new version; the old ones stay for going back.
 */
export const launchTemplate = resource<SeenTemplate>({
  kind: 'launch-template',
  actions: [
    'ecs:CreateLaunchTemplate',
    'ecs:CreateLaunchTemplateVersion',
    'ecs:DescribeLaunchTemplates',
    'ecs:DescribeLaunchTemplateVersions',
    'ecs:DeleteLaunchTemplate',
    'ecs:DescribeSecurityGroups',
    'ecs:DescribeKeyPairs',
    'ecs:DescribeInstances',
    'ecs:TagResources',
  ],
  typicalSeconds: 3,
  deadlineSeconds: 300,
  removeAfter: ['scaling-group'],
  holds: ['security-group', 'key-pair', 'database'],
  versioned: true,
  parts(spec) {
    return ROLES.map((role) => ({
      id: `launch-template-${role}`,
      needs: [
        'security-group-nodes',
        'key-pair',
        ...(spec.database.source === 'instance' ? ['database-install'] : []),
      ],
      title: `Launch template ${resourceName(spec.name, `launch-template-${role}`)}: ${spec.image.name}, ${spec[role].instanceTypes[0]}, ${spec.nodes.bandwidthMbps} Mbit/s`,
    }));
  },
  observe,
  ready: () => ({ state: 'ready' }),
  diff(spec, part, seen) {
    const changes = templateMistakes(roleOf(part), spec, seen);
    return changes.length === 0 ? { action: 'none' } : { action: 'update', changes };
  },
  async create(ctx) {
    const { ecs } = ctx.region;
    const name = resourceName(ctx.cluster, ctx.part);
    const [taken] = await ecs.listTemplates({ names: [name] });
    if (taken) {
      if (isOurs(taken.tags, ctx.cluster)) return;
      throw new NotOurs(`launch template ${name} (${taken.launchTemplateId})`, ctx.cluster, RENAME_OR_REMOVE);
    }
    const content = await contentOf(ctx);
    await ecs.createTemplate({ name, description: contentMark(content), content, tags: tagsFor(ctx) });
  },
  /** The database's login and the nodes' shared secret lie in the user data. */
  async outdated(ctx, { seen }) {
    return seen.description !== contentMark(await contentOf(ctx));
  },
  async update(ctx, { seen }) {
    const content = await contentOf(ctx);
    if (seen.description === contentMark(content)) throw new VersionNotTaken(seen);
    await ctx.region.ecs.createTemplateVersion({
      launchTemplateId: seen.launchTemplateId,
      description: contentMark(content),
      content,
    });
  },
  async remove(ctx, { seen }) {
    await ctx.region.ecs.deleteTemplate(seen.launchTemplateId);
  },
  output({ seen }) {
    return { launchTemplateId: seen.launchTemplateId, version: String(seen.latestVersion) };
  },
});

async function contentOf(ctx: StepContext): Promise<TemplateContent> {
  const role = roleOf(ctx.part);
  const { spec, settings } = ctx;
  const [{ securityGroupId = '' }, { keyPairName = '' }, mongoUri, secrets] = await Promise.all([
    ctx.output('security-group-nodes'),
    ctx.output('key-pair'),
    mongoUriOf(ctx),
    ctx.secrets.getOrMake(ctx.cluster, ['jwt'], () => ({ jwt: randomBytes(32).toString('hex') })),
  ]);
  const licence = settings.nodes.licenceKey;
  const script = nodeUserData({
    cluster: ctx.cluster,
    role,
    mongoUri,
    jwtSecret: secrets.jwt,
    stunServer: spec.nodes.stunServer,
    licenceKey: licence === undefined ? undefined : await readSecretPlace(licence),
  });
  return {
    imageId: spec.image.imageId,
    instanceType: spec[role].instanceTypes[0] ?? '',
    securityGroupId,
    keyPairName,
    diskGiB: spec.nodes.diskGiB,
    bandwidthMbps: spec.nodes.bandwidthMbps,
    instanceName: resourceName(ctx.cluster, role),
    userData: Buffer.from(script).toString('base64'),
    instanceTags: {
      [TAG.cluster]: ctx.cluster,
      [TAG.managed]: MANAGED_BY,
      [TAG.resource]: `node-${role}`,
    },
  };
}

async function observe(look: Observing): Promise<readonly Found<SeenTemplate>[]> {
  const { ecs } = look.region;
  const tagged = (await ecs.listTemplates({ tags: clusterTags(look.cluster) })).flatMap((template) => {
    const part = partOf(template.tags, look.cluster, 'launch-template');
    return part === undefined ? [] : [{ part, template }];
  });
  if (tagged.length === 0) return [];
  const [groups, keys, instances] = await Promise.all([
    ecs.listSecurityGroups({ tags: clusterTags(look.cluster) }),
    ecs.listKeyPairs({ tags: clusterTags(look.cluster) }),
    ecs.listInstances({ tags: clusterTags(look.cluster) }),
  ]);
  const wantedDatabaseHost = oldestFirst(instances).find(
    (one) => partOf(one.tags, look.cluster, 'database') === 'database',
  )?.privateIp;
  const nodesGroupId = groups.find(
    (one) => partOf(one.tags, look.cluster, 'security-group') === 'security-group-nodes',
  )?.securityGroupId;
  const wanted = look.spec?.keyPair;
  const wantedKeyPair =
    wanted?.source === 'existing'
      ? wanted.name
      : keys.find((one) => partOf(one.tags, look.cluster, 'key-pair') !== undefined)?.keyPairName;
  const found = await Promise.all(
    tagged.map(async ({ part, template }) => {
      const [version] = await ecs.templateVersions(template.launchTemplateId);
      // Each has one at least: it went since it was listed.
      if (version === undefined) return undefined;
      const seen: SeenTemplate = {
        launchTemplateId: template.launchTemplateId,
        name: template.launchTemplateName,
        latestVersion: version.version,
        description: version.description ?? '',
        imageId: version.imageId,
        instanceType: version.instanceType,
        securityGroupIds: version.securityGroupIds ?? [],
        keyPairName: version.keyPairName,
        diskGiB: version.diskGiB,
        bandwidthMbps: version.bandwidthMbps,
        hasUserData: (version.userData ?? '') !== '',
        databaseHost: databaseHostIn(version.userData),
        wantedDatabaseHost,
        nodesGroupId,
        wantedKeyPair,
      };
      return ours(part, template.launchTemplateId, template.tags, seen);
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** Nothing but the host: the rest of the URI is a secret. */
function databaseHostIn(userData: string | undefined): string | undefined {
  const script = Buffer.from(userData ?? '', 'base64').toString('utf8');
  return /mongodb:\/\/(?:[^@\s'"]*@)?([^:/?\s'",]+)/.exec(script)?.[1];
}
