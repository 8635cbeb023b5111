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
  processing:
    'IdempotenceProcessing IdempotentProcessing Idempotence.Processing OperationFailed.IdempotentTokenProcessing LastTokenProcessing OperationFailed.LastTokenProcessing LastOperationNotFinished LastOrderProcessing LastRequestProcessing',
  'token-mismatch': 'IdempotentParameterMismatch IdempotenceSignatureMismatch IdempotenceParamNotMatch',
  busy: 'TaskConflict OperationConflict Operation.Conflict IncorrectVpcStatus IncorrectVSwitchStatus IncorrectRouteEntryStatus InvalidStatus.RouteEntry OperationFailed.DistibuteLock OperationFailed.NotifyCenCreate OperationDenied.OtherSubnetProcessing IncorrectInstanceStatus IncorrectInstanceStatus.Initializing InvalidOperation.Conflict OperationDenied.CreatingConflict DependencyViolation.SLBConfiguring IncorrectBusinessStatus.LoadBalancer VipStatusNotSupport Conflict.Lock OperationFailed.ResourceGroupStatusCheckFail -21020 -22001 -22031 IncorrectScalingGroupStatus ScalingActivityInProgress IncorrectLoadBalancerStatus SignatureNonceUsed RecordForbidden.DNSChange',
  'in-use':
    'DependencyViolation ResourceInUse.ServerGroup InvalidParameter.KeypairAlreadyAttachedInstance InstanceInUse InvalidOperation.EniLinked',
  exists:
    'InvalidScalingGroupName.Duplicate InvalidScalingRuleName.Duplicate InvalidLifecycleHookName.Duplicate InvalidScheduledTaskName.Duplicate KeyPair.AlreadyExist LaunchTemplateName.Duplicated ResourceAlreadyExist.Listener AlbServerGroup.AlreadyAttached DomainRecordDuplicate DomainRecordConflict IncorrectCapacity.NoChange InvalidInstance.NoInstanceNeedBeRefreshed ResourceAlreadyAssociated.Certificate TargetTrackingScalingRule.DumplicateMetric',
  'not-found':
    'InvalidVpcID.NotFound InvalidResource.NotFound InvalidVswitchID.NotFound InvalidSecurityGroupId.NotFound InvalidInstanceId.NotFound InvalidLaunchTemplate.NotFound InvalidKeyPair.NotFound InvalidKeyPairName.NotFound ResourceNotFound.LoadBalancer ResourceNotFound.Listener ResourceNotFound.ServerGroup ResourceNotFound.Certificate ResourceNotFound.Rule -735 InvalidScalingGroupId.NotFound InvalidScalingRuleId.NotFound InvalidLifecycleHookId.NotExist InvalidScheduledTaskId.NotFound AlbServerGroup.NotAttached AlbServerGroup.NotExist NotFound DomainRecordNotBelongToUser Forbidden.InstanceNotFound InvalidDomainName.NoExist IncorrectDomainUser InvalidImageId.NotFound InvalidInstance.NotFound',
  'sold-out':
    'OperationDenied.NoStock Zone.NotOnSale Zone.NotOpen InvalidInstanceType.ZoneNotSupported InvalidResourceType.NotSupported InstanceType.Offline ResourceNotAvailable.ECS NoInstanceStock CategoryNotSupported InvalidDiskCategory.NotSupported OperationDenied.ZoneSystemCategoryNotMatch InvalidOperation.PublicIpAddressNoStock',
  money:
    'InvalidAccountStatus.NotEnoughBalance InsufficientBalance Account.Arrearage InvalidPayMethod PaymentMethodNotFound InvalidInstance.UnPaidOrder InstanceExpiredOrInArrears SecurityRisk.3DVerification',
  quota:
    'LaunchTemplateLimitExceed LaunchTemplateVersionLimitExceed AuthorizationLimitExceed SecurityGroupInstanceLimitExceed CmdCount.ExceedQuota',
  marketplace:
    'ImageNotSubscribed QuotaExceed.BuyImage InvalidMarketImage.NotFound InvalidMarketImageChargeType.NotSupport ImageRemovedInMarket IncorrectImageStatus InvalidChargeType.MarketImage',
  permission:
    'Forbidden.RAM NoPermission Forbidden.NoPermission Forbidden.Unauthorized Forbbiden Forbidden Forbidden.LoadBalancer UnauthorizedOperation InvalidUser.PassRoleForbidden RegionUnauthorized Forbidden.NotSupportRAM',
  identity:
    'InvalidAccessKeyId InvalidAccessKeyId.NotFound InvalidAccessKeyId.Inactive InvalidAccessKeySecret SignatureDoesNotMatch InvalidTimeStamp.Expired IllegalTimestamp InvalidCredentials IncompleteSignature',
  account:
    'Forbidden.Unsubscribed RealNameAuthenticationError Forbidden.UserVerification Forbidden.RiskControl',
  invalid:
    'LaunchTemplateSet.NotFound LaunchTemplateVersionSet.NotFound TemplateVersion.NotNumber NotApplicable',
};

const CLASS_OF_CODE: ReadonlyMap<string, ErrorClass> = new Map(
  Object.entries(EXACT).flatMap(([errorClass, codes]) =>
    codes.split(' ').map((code) => [code.toLowerCase(), errorClass as ErrorClass] as const),
  ),
);

/** Where the exact code is not listed: what it contains or begins with. Order matters. */
const PATTERNS: readonly (readonly [RegExp, ErrorClass])[] = [
  [/throttling/, 'throttled'],
  [/^invalidsecuritytoken(\.|$)/, 'identity'],
  [/^quotaexceed/, 'quota'],
  [/^dependencyviolation\./, 'in-use'],
  [/^resourcenotenough\./, 'sold-out'],
  [/^(incorrectstatus|resourceinconfiguring)/, 'busy'],
  [/^resourcenotfound\./, 'not-found'],
  [/^idempoten(t|ce)param/, 'token-mismatch'],
  [/namerepeat/, 'exists'],
  [/^forbidden\.ram/, 'permission'],
  [/servicelinkedrole|^servicerolenot/, 'account'],
  [
    /^(invalidparam|missingparam|illegalparam|mismatch\.|invaliduserdata\.|templatemissingparameter\.)/,
    'invalid',
  ],
  [/^invalid.*\.malformed$|\.valuenotsupported$/, 'invalid'],
  [/^invalid(cidrblock|vpccidr)/, 'invalid'],
];

/** Node's codes of a connection that came to nothing. */
const NETWORK = new Set([
  'econnreset',
  'econnrefused',
  'etimedout',
  'eai_again',
  'enotfound',
  'epipe',
  'ehostunreach',
  'enetunreach',
  'err_socket_connection_timeout',
]);

/**
 * The class of a failure, by code and HTTP status, never by its text. What has no code was not answered by an
 * Alibaba product (no connection, a time-out, a gateway's HTML page): `network`, an unknown outcome.
 */
export function classOf(clues: Clues): ErrorClass {
  const code = clues.code?.toLowerCase();
  if (code === undefined) {
    if (clues.status === 429) return 'throttled';
    if (clues.status !== undefined && clues.status < 500 && clues.answered) return 'unknown';
    return clues.status !== undefined && clues.status >= 500 ? 'server' : 'network';
  }
  if (clues.outOfUsage) return 'sold-out';
  const exact = CLASS_OF_CODE.get(code);
  if (exact !== undefined) return exact;
  const pattern = PATTERNS.find(([shape]) => shape.test(code));
  if (pattern) return pattern[1];
  if (clues.status === 429) return 'throttled';
  if (NETWORK.has(code) || /^(err_(tls|ssl|socket)|cert_|unable_to|self_signed|depth_zero|eproto)/.test(code))
    return 'network';
  if (clues.status !== undefined && clues.status >= 500) return 'server';
  if (clues.status === 404 && /notfound|notexist/.test(code)) return 'not-found';
  if (clues.name === 'RequestTimeoutError') return 'network';
  return 'unknown';
}
