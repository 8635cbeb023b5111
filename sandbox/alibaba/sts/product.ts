import type { Handler, Product } from '../product.ts';
import { sdkModel } from '../product.ts';

/** STS GetCallerIdentity: whose key signed the call. */
const getCallerIdentity: Handler = (call) => ({
  AccountId: call.accountId,
  Arn: `acs:ram::${call.accountId}:root`,
  IdentityType: 'Account',
  PrincipalId: call.accountId,
  UserId: call.accountId,
});

/** Security Token Service, 2015-04-01. */
export const sts: Product = {
  name: 'STS',
  version: '2015-04-01',
  actions: { GetCallerIdentity: getCallerIdentity },
  model: sdkModel('@alicloud/sts20150401', {}),
};
