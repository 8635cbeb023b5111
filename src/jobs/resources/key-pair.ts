import { resourceName } from '../../cluster/names.ts';
import { AmsError } from '../../cluster/errors.ts';
import { isLoginReady, ownLogin } from '../own-login.ts';
import { resource } from '../resource.ts';
import type { Found, Observing } from '../resource.ts';
import { NotOurs, RENAME_OR_REMOVE, unlessTaken } from './not-ours.ts';
import { isOurs, listTags, ours, partOf, tagsFor } from './tagged.ts';

export interface SeenKeyPair {
  readonly keyPairName: string;
  readonly fingerprint: string;
}

/** The spec names a key pair that is gone. */
class KeyPairGone extends AmsError {
  readonly code = 'key_pair_gone';

  constructor(name: string, regionId: string) {
    super(`Key pair ${name} is not there (any more) in ${regionId}.`, {
      hint: 'Import it again under that name and press Retry, or plan again without --key-pair.',
    });
  }
}

/**
 * The SSH login of the machines. An own key is made here and stored encrypted before its public half is imported, so
 * that no answer lost on the way can lose it (CreateKeyPair shows a private key only once).
 */
export const keyPair = resource<SeenKeyPair>({
  kind: 'key-pair',
  actions: ['ecs:ImportKeyPair', 'ecs:DescribeKeyPairs', 'ecs:DeleteKeyPairs', 'ecs:TagResources'],
  typicalSeconds: 3,
  deadlineSeconds: 600,
  removeAfter: ['scaling-group', 'database', 'launch-template'],
  parts(spec) {
    const title =
      spec.keyPair.source === 'existing'
        ? `Key pair ${spec.keyPair.name}, which exists`
        : `Key pair ${resourceName(spec.name, 'key-pair')}, its private key kept encrypted`;
    return [{ id: 'key-pair', needs: [], title }];
  },
  observe,
  ready: () => ({ state: 'ready' }),
  diff: () => ({ action: 'none' }),
  prepare: async (ctx) => ctx.spec.keyPair.source === 'existing' || isLoginReady(ctx),
  async create(ctx) {
    if (ctx.spec.keyPair.source === 'existing') throw new KeyPairGone(ctx.spec.keyPair.name, ctx.regionId);
    const name = resourceName(ctx.cluster, ctx.part);
    const { publicKey } = await ownLogin(ctx);
    const importing = ctx.region.ecs.importKeyPair({ name, publicKey, tags: tagsFor(ctx) });
    return unlessTaken(
      importing.then(() => ({ keyPairName: name })),
      async () => {
        const [taken] = await ctx.region.ecs.listKeyPairs({ name });
        if (!taken || isOurs(taken.tags, ctx.cluster)) return undefined;
        return new NotOurs(`key pair ${name} (${taken.fingerprint})`, ctx.cluster, RENAME_OR_REMOVE);
      },
    );
  },
  async remove(ctx, { seen }) {
    await ctx.region.ecs.deleteKeyPair(seen.keyPairName);
    return 'gone';
  },
  output({ seen }) {
    return { keyPairName: seen.keyPairName };
  },
});

async function observe(look: Observing): Promise<readonly Found<SeenKeyPair>[]> {
  const tagged = await look.region.ecs.listKeyPairs({ tags: listTags(look) });
  const found = tagged.flatMap((one) => {
    const part = partOf(one.tags, look.cluster, 'key-pair');
    const { keyPairName, fingerprint } = one;
    return part === undefined ? [] : [ours(part, keyPairName, one.tags, { keyPairName, fingerprint })];
  });
  const wanted = look.spec?.keyPair;
  if (wanted?.source !== 'existing' || found.some((one) => one.id === wanted.name)) return found;
  const [existing] = await look.region.ecs.listKeyPairs({ name: wanted.name });
  if (!existing) return found;
  const { keyPairName, fingerprint } = existing;
  return [{ part: 'key-pair', id: keyPairName, ours: false, seen: { keyPairName, fingerprint } }, ...found];
}
