import type { CallFacts } from '../errors.ts';

const PRODUCTS: Readonly<Record<string, string>> = {
  ecs: 'ECS',
  vpc: 'VPC',
  alb: 'ALB',
  ess: 'Auto Scaling',
  cas: 'Certificate Management',
  alidns: 'Alibaba Cloud DNS',
  sts: 'STS',
  bss: 'Billing',
};

/** What happened, for a person, with Alibaba's code and request id for its support. */
export function sentenceFor(facts: CallFacts): string {
  const call = `${PRODUCTS[facts.product] ?? facts.product} ${facts.action}`;
  return `${call}: ${whatHappened(facts)}${evidence(facts)}.`;
}

function whatHappened(facts: CallFacts): string {
  switch (facts.errorClass) {
    case 'throttled':
      return 'Alibaba Cloud takes no more of these calls from this account for the moment';
    case 'server':
      return `Alibaba Cloud answered with a fault of its own${effectOf(facts)}`;
    case 'network':
      return `no answer that can be read came back${effectOf(facts)}`;
    case 'processing':
      return 'the same request is still being worked on';
    case 'busy':
      return 'the resource is in the middle of another change';
    case 'in-use':
      return 'something else still uses the resource';
    case 'exists':
      return 'it is there already';
    case 'not-found':
      return 'the resource does not exist';
    case 'sold-out':
      return 'this instance type, disk or zone is sold out or not offered';
    case 'money':
      return 'the account cannot pay for it';
    case 'quota':
      return 'a quota of the account is used up';
    case 'marketplace':
      return 'the Marketplace image may not be used by this account';
    case 'permission':
      return `the credentials are not allowed to do this${facts.deniedAction === undefined ? '' : ` (${facts.deniedAction})`}`;
    case 'identity':
      return 'the credentials were not accepted';
    case 'account':
      return 'the account is not ready for this product';
    case 'invalid':
      return 'a value was not accepted';
    case 'token-mismatch':
      return 'the request was sent before with other values';
    case 'unknown':
      return 'it was refused';
  }
}

/** What only reads has none. */
function effectOf({ action }: CallFacts): string {
  if (/^(Describe|List|Get|Query)/.test(action)) return '';
  return ', so it is not known whether the call had an effect';
}

function evidence(facts: CallFacts): string {
  const parts = [
    facts.alibabaCode,
    facts.alibabaCode === undefined && facts.status !== undefined ? `HTTP ${facts.status}` : undefined,
    facts.requestId === undefined ? undefined : `request id ${facts.requestId}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** What to do about it, one sentence. */
export function hintFor(facts: CallFacts): string {
  const { errorClass, alibabaCode = '' } = facts;
  switch (errorClass) {
    case 'throttled':
    case 'server':
    case 'processing':
    case 'busy':
      return 'It is tried again by itself; nothing to do unless it stays.';
    case 'network':
      return 'It is tried again by itself; if it stays, check that this machine reaches the Alibaba Cloud endpoints.';
    case 'in-use':
      return 'It is tried again by itself; if it stays, look in the console for what still uses the resource and remove that.';
    case 'exists':
      return 'Look at the resource of that name: adopt it, rename it or remove it, then press Retry.';
    case 'not-found':
      return 'Somebody may have removed it, or it is in another region; check the id and press Retry.';
    case 'sold-out':
      return 'Choose another instance type, disk category or zone, or press Retry later.';
    case 'money':
      return 'Top up the account or settle its orders in Expenses and Costs, then press Retry.';
    case 'quota':
      return `Raise the quota in Quota Center (${quotaName(alibabaCode)}) or remove what is not needed, then press Retry.`;
    case 'marketplace':
      return 'Subscribe to the product of the image in the Alibaba Cloud Marketplace with this account, or choose another image, then press Retry.';
    case 'permission':
      return `Allow ${facts.deniedAction ?? ramAction(facts)} to the credentials' user or role in RAM (deploy/ram-policy.json is the whole policy), then press Retry.`;
    case 'identity':
      if (/securitytoken/i.test(alibabaCode))
        return 'The temporary credentials have run out: give new ones with their ALIBABA_CLOUD_SECURITY_TOKEN, then press Retry.';
      return /signature|timestamp/i.test(alibabaCode)
        ? 'Check ALIBABA_CLOUD_ACCESS_KEY_SECRET and the clock of this machine.'
        : 'Check ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or the role of this machine.';
    case 'account':
      return alibabaCode.toLowerCase() === 'forbidden.unsubscribed'
        ? `Activate ${PRODUCTS[facts.product] ?? facts.product} once in the console with this account, then press Retry.`
        : 'Complete the account in the console (verification, service-linked role), then press Retry.';
    case 'invalid':
      return 'Change the value that the code names and plan again; if no value of yours is meant, report it with the request id.';
    case 'token-mismatch':
      return 'The plan changed between two attempts; press Retry to go on with a new token.';
    case 'unknown':
      return 'Look the code up in the API documentation of this action, or give the request id to Alibaba Cloud support.';
  }
}

function ramAction(facts: CallFacts): string {
  const prefixes: Readonly<Record<string, string>> = { cas: 'yundun-cert', bss: 'bssapi' };
  return `${prefixes[facts.product] ?? facts.product}:${facts.action}`;
}

function quotaName(code: string): string {
  const known: Readonly<Record<string, string>> = {
    'quotaexceed.elasticquota': 'vCPUs of pay-as-you-go instances',
    'quotaexceed.afterpayinstance': 'pay-as-you-go instances',
    'quotaexceeded.afterpayinstance': 'pay-as-you-go instances',
    'quotaexceed.securitygroup': 'security groups',
    'quotaexceed.keypair': 'key pairs',
    'quotaexceeded.vpc': 'VPCs',
    'quotaexceeded.scalinggroup': 'scaling groups',
    'quotaexceeded.privateipaddress': 'free addresses of the vSwitch: use a larger block',
    'quotaexceeded.lifecyclehook': 'lifecycle hooks of a group',
    launchtemplatelimitexceed: 'launch templates',
    launchtemplateversionlimitexceed: 'versions of a launch template',
    authorizationlimitexceed: 'rules of a security group',
  };
  return known[code.toLowerCase()] ?? (code === '' ? 'the one of this resource' : code);
}
