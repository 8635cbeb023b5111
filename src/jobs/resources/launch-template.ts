import { randomBytes } from 'node:crypto';
import type { TemplateVersion } from '../../cloud/ecs/templates.ts';
import { CloudError } from '../../cloud/errors.ts';
import { AmsError } from '../../cluster/errors.ts';
import { MANAGED_BY, ROLES, TAG, resourceName } from '../../cluster/names.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { nodeSecretsIn, nodeUserData, stunServerIn } from '../../cluster/user-data.ts';
import { mongoHostsIn, mongoUriOf } from '../mongo-uri.ts';
import { patienceMs } from '../patience.ts';
import { resource } from '../resource.ts';
import type { Found, Observing, StepContext } from '../resource.ts';
import { recallSecret } from '../recall-secrets.ts';
import { readSecretPlace } from '../secret-place.ts';
import { contentMark, templateMistakes } from './launch-template-content.ts';
import type { SeenTemplate, WantedTemplate } from './launch-template-content.ts';
import { makeRoom } from './launch-template-room.ts';
import { secretMarks, secretMistakes, wantedSecrets } from './node-secrets.ts';
import { NotOurs, RENAME_OR_REMOVE, unlessTaken } from './not-ours.ts';
import { roleOf } from './server-group.ts';
import { isOurs, listTags, oldestFirst, ours, partOf, tagsFor } from './tagged.ts';

/** The version that a step wrote shows something else: writing it again would only fill the 30 versions. */
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

/** Under these keys a step remembers the version that it asks for: its mark, the newest one before it, and when. */
const ASKED = 'asked';
const ASKED_AFTER = 'askedAfter';
const ASKED_AT = 'askedAt';

/** So late may lists show a version of whose making no answer came, unscaled: there is no token to ask by again. */
const SHOWN_LATE_MS = 60_000;
/** A version of whose content nobody asked. */
const UNREAD: Partial<TemplateVersion> & { readonly version: number } = { version: 0 };

/**
 * What Auto Scaling makes nodes from. The user data holds the database's address and login, so an own database must
 * be proven first. Any change is a new version; the old ones stay for going back, as many as there may be.
 */
export const launchTemplate = resource<SeenTemplate>({
  kind: 'launch-template',
  actions: [
    'ecs:CreateLaunchTemplate',
    'ecs:CreateLaunchTemplateVersion',
    'ecs:DescribeLaunchTemplates',
    'ecs:DescribeLaunchTemplateVersions',
    'ecs:DeleteLaunchTemplateVersion',
    'ecs:DeleteLaunchTemplate',
    'ecs:DescribeSecurityGroups',
    'ecs:DescribeKeyPairs',
    'ecs:DescribeInstances',
    'ecs:TagResources',
    'ess:DescribeScalingGroups',
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
      title: `Launch template ${resourceName(spec.name, `launch-template-${role}`)}: ${spec.image.name}, ${spec[role].instanceTypes[0]}, ${spec.nodes.bandwidthMbps} Mbit/s${databaseWords(spec)}`,
    }));
  },
  observe,
  ready: () => ({ state: 'ready' }),
  diff(spec, part, seen) {
    const changes = templateMistakes(roleOf(part), spec, seen);
    return changes.length === 0 ? { action: 'none' } : { action: 'update', changes };
  },
  async hidden(look, { part, seen }) {
    return secretMistakes(roleOf(part), seen.secretMarks, await wantedSecrets(look));
  },
  async create(ctx) {
    const { ecs } = ctx.region;
    const name = resourceName(ctx.cluster, ctx.part);
    const content = await contentOf(ctx);
    const creating = ecs.createTemplate({
      name,
      description: contentMark(content),
      content,
      tags: tagsFor(ctx),
    });
    return unlessTaken(
      creating.then(({ launchTemplateId, version }) => ({ launchTemplateId, version: String(version) })),
      async () => {
        const [taken] = await ecs.listTemplates({ names: [name] });
        if (!taken || isOurs(taken.tags, ctx.cluster)) return undefined;
        const what = `launch template ${name} (${taken.launchTemplateId})`;
        return new NotOurs(what, ctx.cluster, RENAME_OR_REMOVE);
      },
    );
  },
  /** The database's login and the nodes' shared secret lie in the user data. */
  async outdated(ctx, { seen }) {
    if (seen.description !== contentMark(await contentOf(ctx))) return true;
    // Whoever makes a version from ours by hand leaves its description as it is.
    return secretMistakes(roleOf(ctx.part), seen.secretMarks, await wantedSecrets(ctx)).length > 0;
  },
  async update(ctx, { seen }) {
    const content = await contentOf(ctx);
    const mark = contentMark(content);
    const isShown = seen.latestVersion > Number(ctx.memory[ASKED_AFTER]);
    if (ctx.memory[ASKED] === mark) {
      if (isShown && seen.description === mark) throw new VersionNotTaken(seen);
      if (!isShown && mayBeShownYet(ctx)) return undefined;
    }
    const { launchTemplateId, latestVersion } = seen;
    await ctx.remember({ [ASKED]: mark, [ASKED_AFTER]: latestVersion, [ASKED_AT]: ctx.now() });
    const adding = ctx.region.ecs.createTemplateVersion({ launchTemplateId, description: mark, content });
    const version = await adding.catch(async (refusal: unknown) => {
      const isUnheard = refusal instanceof CloudError && refusal.unknownOutcome;
      if (!isUnheard) await ctx.remember({ [ASKED]: '' });
      return makeRoom(ctx, launchTemplateId, refusal);
    });
    // Lists show it late, and by then it would be written again and again.
    return version === undefined ? undefined : { launchTemplateId, version: String(version) };
  },
  async remove(ctx, { seen }) {
    await ctx.region.ecs.deleteTemplate(seen.launchTemplateId);
    return 'gone';
  },
  output({ seen }) {
    return { launchTemplateId: seen.launchTemplateId, version: String(seen.latestVersion) };
  },
});

function mayBeShownYet({ memory, now, timeScale }: StepContext): boolean {
  return now() < Number(memory[ASKED_AT]) + patienceMs(SHOWN_LATE_MS, timeScale, 2_000);
}

async function contentOf(ctx: StepContext): Promise<WantedTemplate> {
  const role = roleOf(ctx.part);
  const { spec, settings } = ctx;
  const [{ securityGroupId = '' }, { keyPairName = '' }, mongoUri, secrets] = await Promise.all([
    ctx.output('security-group-nodes'),
    ctx.output('key-pair'),
    mongoUriOf(ctx),
    ctx.secrets.getOrMake(ctx.cluster, ['jwt'], async () => ({
      // Nodes that run have it from the other template, or from an older version of this one.
      jwt: (ctx.isNew ? undefined : await recallSecret(ctx, 'jwt')) ?? randomBytes(32).toString('hex'),
    })),
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
  const tagged = (await ecs.listTemplates({ tags: listTags(look) })).flatMap((template) => {
    const part = partOf(template.tags, look.cluster, 'launch-template');
    return part === undefined ? [] : [{ part, template }];
  });
  if (tagged.length === 0) return [];
  const wishes = look.shallow === true ? NOTHING_WISHED : await wishesOf(look);
  const found = await Promise.all(
    tagged.map(async ({ part, template }) => {
      const isAsked = look.shallow !== true && (look.part === undefined || look.part === part);
      const [version] = isAsked ? await ecs.templateVersions(template.launchTemplateId) : [UNREAD];
      // Each has one at least: it went since it was listed.
      if (version === undefined) return undefined;
      const script = decoded(version.userData);
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
        diskCategory: version.diskCategory,
        diskGoes: version.diskGoes,
        dataDisks: version.dataDisks,
        bandwidthMbps: version.bandwidthMbps,
        bandwidthCharge: version.bandwidthCharge,
        spotStrategy: version.spotStrategy,
        hasUserData: (version.userData ?? '') !== '',
        stunServer: stunServerIn(script),
        secretMarks: secretMarks(nodeSecretsIn(script)),
        databaseHost: databaseHostIn(script),
        ...wishes,
      };
      return ours(part, template.launchTemplateId, template.tags, seen);
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** What a template must name, as the cluster's other parts are now. */
type Wishes = Pick<SeenTemplate, 'wantedDatabaseHost' | 'nodesGroupId' | 'wantedKeyPair'>;

const NOTHING_WISHED: Wishes = {
  wantedDatabaseHost: undefined,
  nodesGroupId: undefined,
  wantedKeyPair: undefined,
};

async function wishesOf(look: Observing): Promise<Wishes> {
  const { ecs } = look.region;
  const tags = listTags(look);
  const wanted = look.spec?.keyPair;
  const [wantedDatabaseHost, nodesGroupId, wantedKeyPair] = await Promise.all([
    look.recorded?.('database')?.['privateIp'] ??
      ecs
        .listInstances({ tags })
        .then(
          (all) =>
            oldestFirst(all).find((one) => partOf(one.tags, look.cluster, 'database') === 'database')
              ?.privateIp,
        ),
    look.recorded?.('security-group-nodes')?.['securityGroupId'] ??
      ecs
        .listSecurityGroups({ tags })
        .then(
          (all) =>
            all.find((one) => partOf(one.tags, look.cluster, 'security-group') === 'security-group-nodes')
              ?.securityGroupId,
        ),
    wanted?.source === 'existing'
      ? wanted.name
      : (look.recorded?.('key-pair')?.['keyPairName'] ??
        ecs
          .listKeyPairs({ tags })
          .then(
            (all) => all.find((one) => partOf(one.tags, look.cluster, 'key-pair') !== undefined)?.keyPairName,
          )),
  ]);
  return { wantedDatabaseHost, nodesGroupId, wantedKeyPair };
}

function decoded(userData: string | undefined): string {
  return Buffer.from(userData ?? '', 'base64').toString('utf8');
}

/** Nothing but the host: the rest of the URI is a secret. */
function databaseHostIn(script: string): string | undefined {
  return /mongodb:\/\/(?:[^@\s'"]*@)?([^:/?\s'",]+)/.exec(script)?.[1];
}

/** Which database of others the nodes trust: no step is about it, and whoever approves should see whose it is. */
function databaseWords({ database }: ClusterSpec): string {
  if (database.source === 'instance') return '';
  return `, existing database ${mongoHostsIn(database.uri) ?? database.uri}`;
}
