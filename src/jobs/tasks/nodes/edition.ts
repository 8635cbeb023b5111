import { AmsError } from '../../../cluster/errors.ts';
import type { StepContext } from '../../resource.ts';
import type { NodeAnswer, NodeCommand } from './ask-nodes.ts';
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

/** Asks Ant Media Server on a node (`GET /<app>/rest/v2/version`, open to the node itself). */
export function editionQuestion(instanceId: string): NodeCommand {
  return {
    instanceId,
    command: `for app in ${APPS}; do curl -sf -m 5 http://127.0.0.1:5080/$app/rest/v2/version && break; done`,
  };
}

/** `Enterprise Edition` or `Community Edition`; undefined when it is not told. */
export function editionIn(answer: NodeAnswer): string | undefined {
  return /(?:community|enterprise) edition/i.exec(answer?.output ?? '')?.[0];
}

/** Whether a node is still to be asked: all have one image, and other operations start nodes from a template that was tried. */
export function isEditionUnknown(ctx: StepContext): boolean {
  return ctx.recorded('launch-template-origin') !== undefined && ctx.memory['editionChecked'] !== 1;
}

/**
 * Community Edition is reported, not accepted. What cannot be read here, the test flight asks the panel.
 * @throws WrongEdition
 */
export async function checkEdition(ctx: StepContext, node: Place, answer: NodeAnswer): Promise<void> {
  const edition = editionIn(answer) ?? ctx.spec.image.name;
  if (isCommunity(edition)) throw new WrongEdition(node, 'Community Edition');
  await ctx.remember({ editionChecked: 1 });
}
