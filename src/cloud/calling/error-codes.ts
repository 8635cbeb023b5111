/** What kind of refusal it is, which decides what to do next. */
export type ErrorClass =
  | 'throttled'
  | 'server'
  | 'network'
  | 'processing'
  | 'busy'
  | 'in-use'
  | 'exists'
  | 'not-found'
  | 'sold-out'
  | 'money'
  | 'quota'
  | 'marketplace'
  | 'permission'
  | 'identity'
  | 'account'
  | 'invalid'
  | 'token-mismatch'
  | 'unknown';

/** What is known of a failure before it is judged. */
export interface Clues {
  readonly code: string | undefined;
  readonly status: number | undefined;
  /** Name of the thrown error. */
  readonly name: string;
  /** `OperationDenied` that said "out of usage". */
  readonly outOfUsage: boolean;
  /** Whether an Alibaba product answered, with a request id. */
  readonly answered: boolean;
}

/** Codes by class, in lower case; the API's own case varies from action to action. */
const EXACT: Readonly<Partial<Record<ErrorClass, string>>> = {
  server:
    'InternalError InternalError.Dispatch ServiceUnavailable UnknownError SystemBusy InnerServiceFailed',
  // Something in between sent one request twice, and the answer to the first one is lost.
  network: 'SignatureNonceUsed',
  processing:
    'IdempotenceProcessing IdempotentProcessing Idempotence.Processing OperationFailed.IdempotentTokenProcessing LastTokenProcessing OperationFailed.LastTokenProcessing LastOperationNotFinished LastOrderProcessing LastRequestProcessing',
  'token-mismatch': 'IdempotentParameterMismatch IdempotenceSignatureMismatch IdempotenceParamNotMatch',
  busy: 'TaskConflict OperationConflict Operation.Conflict IncorrectVpcStatus IncorrectVSwitchStatus IncorrectRouteEntryStatus InvalidStatus.RouteEntry OperationFailed.DistibuteLock OperationFailed.NotifyCenCreate OperationDenied.OtherSubnetProcessing IncorrectInstanceStatus IncorrectInstanceStatus.Initializing InvalidOperation.Conflict OperationDenied.CreatingConflict DependencyViolation.SLBConfiguring IncorrectBusinessStatus.LoadBalancer VipStatusNotSupport Conflict.Lock OperationFailed.ResourceGroupStatusCheckFail -21020 -22001 -22031 IncorrectScalingGroupStatus ScalingActivityInProgress IncorrectLoadBalancerStatus RecordForbidden.DNSChange',
  'in-use':
    'DependencyViolation ResourceInUse.ServerGroup InvalidParameter.KeypairAlreadyAttachedInstance InstanceInUse InvalidOperation.EniLinked',
  exists:
    'InvalidScalingGroupName.Duplicate InvalidScalingRuleName.Duplicate InvalidLifecycleHookName.Duplicate InvalidScheduledTaskName.Duplicate KeyPair.AlreadyExist LaunchTemplateName.Duplicated ResourceAlreadyExist.Listener AlbServerGroup.AlreadyAttached DomainRecordDuplicate DomainRecordConflict IncorrectCapacity.NoChange InvalidInstance.NoInstanceNeedBeRefreshed ResourceAlreadyAssociated.Certificate TargetTrackingScalingRule.DumplicateMetric',
  'not-found':
    'InvalidVpcID.NotFound InvalidResource.NotFound InvalidVswitchID.NotFound InvalidSecurityGroupId.NotFound InvalidInstanceId.NotFound InvalidLaunchTemplate.NotFound InvalidKeyPair.NotFound InvalidKeyPairName.NotFound ResourceNotFound.LoadBalancer ResourceNotFound.Listener ResourceNotFound.ServerGroup ResourceNotFound.Certificate ResourceNotFound.Rule -735 InvalidScalingGroupId.NotFound InvalidScalingRuleId.NotFound InvalidLifecycleHookId.NotExist InvalidScheduledTaskId.NotFound AlbServerGroup.NotAttached AlbServerGroup.NotExist NotFound DomainRecordNotBelongToUser Forbidden.InstanceNotFound Forbidden.VpcNotFound InvalidDomainName.NoExist IncorrectDomainUser InvalidImageId.NotFound InvalidInstance.NotFound',
  'sold-out':
    'OperationDenied.NoStock Zone.NotOnSale Zone.NotOpen InvalidInstanceType.ZoneNotSupported InvalidResourceType.NotSupported InstanceType.Offline ResourceNotAvailable ResourceNotAvailable.ECS OperationDenied.PaygNotAvailable NoInstanceStock CategoryNotSupported InvalidDiskCategory.NotSupported OperationDenied.ZoneSystemCategoryNotMatch InvalidOperation.PublicIpAddressNoStock',
  money:
    'InvalidAccountStatus.NotEnoughBalance InsufficientBalance Account.Arrearage InvalidPayMethod PaymentMethodNotFound InvalidInstance.UnPaidOrder InstanceExpiredOrInArrears SecurityRisk.3DVerification',
  quota:
    'LaunchTemplateLimitExceed LaunchTemplateVersionLimitExceed AuthorizationLimitExceed SecurityGroupInstanceLimitExceed CmdCount.ExceedQuota',
  marketplace:
    'ImageNotSubscribed QuotaExceed.BuyImage InvalidMarketImage.NotFound InvalidMarketImageChargeType.NotSupport ImageRemovedInMarket IncorrectImageStatus InvalidChargeType.MarketImage OperationDenied.ImageNotValid',
  permission:
    'Forbidden.RAM NoPermission Forbidden.NoPermission Forbidden.Unauthorized Forbbiden Forbidden Forbidden.LoadBalancer UnauthorizedOperation InvalidUser.PassRoleForbidden RegionUnauthorized Forbidden.NotSupportRAM',
  identity:
    'InvalidAccessKeyId InvalidAccessKeyId.NotFound InvalidAccessKeyId.Inactive InvalidAccessKeySecret SignatureDoesNotMatch InvalidTimeStamp.Expired IllegalTimestamp InvalidCredentials IncompleteSignature',
  account:
    'Forbidden.Unsubscribed RealNameAuthenticationError Forbidden.UserVerification Forbidden.RiskControl',
  invalid:
    'LaunchTemplateSet.NotFound LaunchTemplateVersionSet.NotFound TemplateVersion.NotNumber NotApplicable InvalidRegionId.NotFound InvalidZoneId.NotFound ImageNotSupportInstanceType DependencyViolation.IoOptimized DependencyViolation.WindowsInstance IncorrectCapacity.MaxSize IncorrectCapacity.MinSize',
  // An address that does not know the call: nothing is said of the thing that was asked for.
  unknown: 'InvalidAction.NotFound InvalidApi.NotFound InvalidProduct.NotFound InvalidVersion.NotFound',
};

const CLASS_OF_CODE: ReadonlyMap<string, ErrorClass> = new Map(
  Object.entries(EXACT).flatMap(([errorClass, codes]) =>
    codes.split(' ').map((code) => [code.toLowerCase(), errorClass as ErrorClass] as const),
  ),
);

/** Where the exact code is not listed: what it contains or begins with. Order matters. */
const PATTERNS: readonly (readonly [RegExp, ErrorClass])[] = [
  [/throttl|toomanyrequests|^(request|rate)limit/, 'throttled'],
  [/namerepeat/, 'exists'],
  [
    /^(invalidparam|missingparam|duplicatedparam|illegalparam|mismatch\.|invaliduserdata\.|templatemissingparameter\.)/,
    'invalid',
  ],
  [/^(invalidaccesskey|invalidsecuritytoken|missingsecuritytoken|(invalid|illegal)timestamp)/, 'identity'],
  [/^idempoten(t|ce)(param|signature)/, 'token-mismatch'],
  [/^idempoten(t|ce)\.?processing|(token|request|order)processing$/, 'processing'],
  [/(^|\.)internal(server|service)?error(\.|$)|^(service|nodecontroller)unavailable/, 'server'],
  [/^(service|system)busy|^(request|service|gateway)timeout/, 'server'],
  [/quotaexceed|quotafull|limitexceed|exceedquota/, 'quota'],
  [/^dependencyviolation\.|^resourceinuse|inuse$/, 'in-use'],
  [/^resourcenotenough|nostock|outofstock|soldout|notonsale|notsupportdiskcategory/, 'sold-out'],
  [/(notenough|insufficient)\w*balance|arrear|overdue/, 'money'],
  [/^invalidaccountstatus|servicelinkedrole|^servicerolenot|servicenotopen|realname|riskcontrol/, 'account'],
  [/^incorrectstatus|^(incorrect|invalid)\w*status(\.|$)|^resourceinconfiguring|^operationbusy/, 'busy'],
  [/^(task|operation|status)\.?conflict/, 'busy'],
  [/^duplicated|\.duplicated?$|alreadyexist|^resourcealready/, 'exists'],
  [/^resourcenotfound\./, 'not-found'],
  [/^(forbidden\.(ram|subuser|accessdenied)|nopermission|accessdenied|(not|un)authorized)/, 'permission'],
  [/^invalid.*\.malformed$|\.valuenotsupported$/, 'invalid'],
  [/^invalid(cidrblock|vpccidr)/, 'invalid'],
];

/** Of Node, where no product has answered: `ECONNRESET`, `HPE_INVALID_CONSTANT`, `CERT_HAS_EXPIRED`. */
const OF_NODE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;

/** Node's codes for a request that it could not even write down: trying again changes nothing. */
const UNSENDABLE = /^ERR_(HTTP_)?(INVALID|UNESCAPED)/;

/**
 * The class of a failure, by code and HTTP status, never by its text. What has no code was not answered by an
 * Alibaba product (no connection, a time-out, a gateway's HTML page): `network`, an unknown outcome. Nor was what has a
 * code, but no request id: that a gateway does not find its way (404, `NotFound`) says nothing of the thing asked for.
 */
export function classOf(clues: Clues): ErrorClass {
  const found = classByCode(clues);
  const saysLittle = found === 'not-found' || found === 'unknown';
  return saysLittle && clues.status !== undefined && !clues.answered ? 'network' : found;
}

function classByCode({ code: written, status, name, outOfUsage, answered }: Clues): ErrorClass {
  if (status === 429) return 'throttled';
  if (written === undefined) {
    if (status !== undefined && status >= 500) return 'server';
    return status !== undefined && answered ? 'unknown' : 'network';
  }
  if (status === undefined && !answered && OF_NODE.test(written) && !UNSENDABLE.test(written))
    return 'network';
  if (outOfUsage) return 'sold-out';
  const code = written.toLowerCase();
  const exact = CLASS_OF_CODE.get(code);
  if (exact !== undefined) return exact;
  const pattern = PATTERNS.find(([shape]) => shape.test(code));
  if (pattern) return pattern[1];
  if (status !== undefined && status >= 500) return 'server';
  if (status === 404 && /notfound|notexist/.test(code)) return 'not-found';
  if (name === 'RequestTimeoutError') return 'network';
  // Of a value; what is wrong with a state, an instance or the caller has names that begin so, too.
  return /^invalid(?!operation|instance\.|user|ramrole)/.test(code) ? 'invalid' : 'unknown';
}
