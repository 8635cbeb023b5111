import { AmsError } from '../../../cluster/errors.ts';
import type { StepContext } from '../../resource.ts';
import { askNode } from './ask-node.ts';
import type { Asking } from './ask-node.ts';
import type { NodeView } from './view.ts';

type Place = Pick<NodeView, 'instanceId' | 'privateIp'>;

/** Community Edition cannot form a cluster. */
export class WrongEdition extends AmsError {
  readonly code = 'community_edition';

  constructor(node: Place, edition: string) {
    super(
      `Node ${node.instanceId} (${node.privateIp}) runs Ant Media Server ${edition}, which cannot form a cluster.`,
      {
        hint: 'Choose an Enterprise Edition image (image.id in ams.yaml or --image) and check its licence, then create the cluster again.',
      },
    );
  }
}

export function isCommunity(edition: string): boolean {
  return /community/i.test(edition);
}

/** Every build has one of these; which ones depends on its edition and version. */
const APPS = 'LiveApp live WebRTCAppEE WebRTCApp';

/**
 * `Enterprise Edition` or `Community Edition`, as Ant Media Server on the node tells it (`GET /<app>/rest/v2/version`,
 * open to the node itself); undefined when it is not told.
 */
export async function readEdition(ctx: Asking, instanceId: string): Promise<string | undefined> {
  const answer = await askNode(
    ctx,
    instanceId,
    `for app in ${APPS}; do curl -sf -m 5 http://127.0.0.1:5080/$app/rest/v2/version && break; done`,
  );
  return /(?:community|enterprise) edition/i.exec(answer?.output ?? '')?.[0];
}

/**
 * Community Edition is reported, not accepted. What cannot be read here, the test flight asks the panel.
 * @throws WrongEdition
 */
export async function checkEdition(ctx: StepContext, node: Place | undefined): Promise<void> {
  // Both groups have one image; other operations start nodes from a template that was tried before.
  if (!node || ctx.recorded('launch-template-origin') === undefined) return;
  if (ctx.memory['editionChecked'] === 1) return;
  const edition = (await readEdition(ctx, node.instanceId)) ?? ctx.spec.image.name;
  if (isCommunity(edition)) throw new WrongEdition(node, 'Community Edition');
  await ctx.remember({ editionChecked: 1 });
}
