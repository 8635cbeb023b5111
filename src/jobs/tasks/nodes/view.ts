import { errorOfCode } from '../../../cloud/errors.ts';
import type { ErrorClass } from '../../../cloud/errors.ts';
import { isInService } from '../../../cluster/lifecycle.ts';
import type { Role } from '../../../cluster/names.ts';

/** One node of a group as Auto Scaling, the load balancer and the node list see it. */
export interface NodeView {
  readonly instanceId: string;
  readonly privateIp: string;
  readonly zone: string;
  /** Auto Scaling's word. */
  readonly lifecycle: string;
  /** Milliseconds since 1970, when Auto Scaling made it. */
  readonly since: number;
  readonly healthy: boolean | 'unknown';
  readonly inCluster: boolean | 'unknown';
  /** It is in its server group under this port, and must be under another. */
  readonly wrongPort?: number;
}

/** A group of nodes, wanted and seen. */
export interface GroupView {
  readonly role: Role;
  readonly scalingGroupId: string;
  readonly state: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly nodes: readonly NodeView[];
  /** Words of the newest scaling activity, if it went wrong. */
  readonly trouble: ScalingTrouble | undefined;
}

export interface ScalingTrouble {
  readonly activityId: string;
  readonly at: number;
  readonly code: string;
  readonly text: string;
}

/** In service, healthy behind the load balancer, and alive in the node list as far as that can be read. */
export function serves(node: NodeView): boolean {
  return isInService(node.lifecycle) && node.healthy === true && node.inCluster !== false;
}

/** A group with what the cluster's own list says of its nodes; undefined: it could not be read. */
export function withListed(group: GroupView, ips: ReadonlySet<string> | undefined): GroupView {
  if (ips === undefined) return group;
  return { ...group, nodes: group.nodes.map((node) => ({ ...node, inCluster: ips.has(node.privateIp) })) };
}

/** One line for people: `edge: 1 of 2 nodes serve; i-1 is starting (2 min)`. */
export function groupWords(group: GroupView, now: number): string {
  const serving = group.nodes.filter(serves).length;
  const others = group.nodes.filter((node) => !serves(node));
  const head = `${group.role}: ${serving} of ${group.desired} nodes serve`;
  const missing = Math.max(0, group.desired - group.nodes.length);
  const words = others
    .slice(0, 3)
    .map((node) => `${node.instanceId} ${nodeWords(node)} (${age(now - node.since)})`);
  if (others.length > 3) words.push(`${others.length - 3} more are on their way`);
  if (missing > 0) words.push(`${missing} ${missing === 1 ? 'is' : 'are'} still to be started`);
  return words.length === 0 ? head : `${head}; ${words.join(', ')}`;
}

function nodeWords(node: NodeView): string {
  if (node.lifecycle.startsWith('Removing')) return 'is being removed';
  if (node.lifecycle.startsWith('Pending')) return 'is starting';
  if (!isInService(node.lifecycle)) return `is ${node.lifecycle}`;
  if (node.inCluster === false) return 'has not joined the cluster yet';
  if (node.wrongPort !== undefined) return `is in its server group under the wrong port ${node.wrongPort}`;
  if (node.healthy !== true) return 'is not healthy behind the load balancer yet';
  return 'serves';
}

function age(ms: number): string {
  if (ms < 0 || !Number.isFinite(ms)) return 'just now';
  return ms < 90_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;
}

/** What the cloud's own codes say of why no node was started. */
const TOLD_BY_CODE: readonly ErrorClass[] = ['sold-out', 'money', 'marketplace', 'quota'];

/** Deregistered, no longer shared, taken out of the Marketplace. */
const IMAGE_GONE =
  /Image(?:Id)?\.NotFound|ImageRemovedInMarket|\bimage(?:Id)?\b.{0,120}\bnot (?:exist|found)/i;
/** A plan keeps its image, and a cluster too. */
const OTHER_IMAGE = 'For another image create the cluster anew with --image.';

/**
 * What a failed scaling activity means and what to do: by its code, else by the words of Auto Scaling. That these speak
 * of the account says nothing: it lacks a subscription or has used up a quota, too.
 */
export function classifyTrouble(
  trouble: ScalingTrouble,
  role: Role,
  instanceTypes: readonly string[],
): { readonly code: string; readonly message: string; readonly hint: string } {
  const all = `${trouble.code} ${trouble.text}`;
  const { errorClass } = errorOfCode({ product: 'ess', action: 'ScalingActivity' }, trouble.code);
  const isKnown = TOLD_BY_CODE.includes(errorClass);
  const is = (known: ErrorClass, words: RegExp) => (isKnown ? errorClass === known : words.test(all));
  const said = trouble.text.replace(/\s+/g, ' ').slice(0, 200);
  const message = (what: string) => `No ${role} node could be started: ${what}. Auto Scaling said: ${said}`;
  if (
    is(
      'sold-out',
      /NoStock|sold out|out of (?:stock|usage)|OperationDenied|Zone\.NotOnSale|ResourceNotAvailable|not enough (?:stock|inventory)|NotSupported/i,
    )
  ) {
    return {
      code: 'no_stock',
      message: message(
        `${instanceTypes.join(', ')} ${instanceTypes.length === 1 ? 'is' : 'are'} sold out in the cluster's zones`,
      ),
      hint: `Stock comes back by itself: press Retry later. Other types (${role}.instanceTypes in ams.yaml) and other zones count for clusters created from then on.`,
    };
  }
  if (is('money', /Balance|Arrear|Payment|overdue/i)) {
    return {
      code: 'no_balance',
      message: message('the account cannot pay for it'),
      hint: 'Top up the Alibaba Cloud account or settle its bill, then press Retry.',
    };
  }
  if (IMAGE_GONE.test(isKnown ? trouble.code : all)) {
    return {
      code: 'image_gone',
      message: message('the image that they start from is not there any more'),
      hint: `Once it is there again, press Retry, which takes the same image. ${OTHER_IMAGE}`,
    };
  }
  if (is('marketplace', /subscri|BuyImage|MarketImage|Marketplace|ImageRemovedInMarket/i)) {
    return {
      code: 'image_not_subscribed',
      message: message('the Marketplace image is not subscribed'),
      hint: `Subscribe to the Ant Media image in the Alibaba Cloud Marketplace with this account, then press Retry. ${OTHER_IMAGE}`,
    };
  }
  if (is('quota', /Quota/i)) {
    return {
      code: 'quota',
      message: message('a quota of the account is used up'),
      hint: 'Ask for more in the Quota Center (vCPUs of the region) or use fewer nodes, then press Retry.',
    };
  }
  if (/Template|InvalidImage|KeyPair|SecurityGroup|InvalidParameter/i.test(all)) {
    return {
      code: 'template',
      message: message('the launch template does not work'),
      hint: 'Correct what is named (key pair, security group), then press Retry.',
    };
  }
  return {
    code: 'scaling_failed',
    message: message('the scaling activity failed'),
    hint: 'Look at the activity in the Auto Scaling console, then press Retry.',
  };
}
