import { expect, it } from 'vitest';
import { classifyTrouble } from '../../../src/jobs/tasks/nodes/view.ts';

/** What people are told of a failed scaling activity. */
function told(code: string, text: string) {
  return classifyTrouble({ activityId: 'asa-1', at: 0, code, text }, 'edge', ['ecs.c7.xlarge']);
}

it.each([
  ['OperationDenied.NoStock', 'The resource is out of stock in zone a.', 'no_stock'],
  ['InvalidAccountStatus.NotEnoughBalance', 'Your account does not have enough balance.', 'no_balance'],
  ['Account.Arrearage', 'The account is overdue.', 'no_balance'],
  ['ImageNotSubscribed', 'The account has not subscribed to the image.', 'image_not_subscribed'],
  ['InvalidMarketImage.NotFound', 'The Marketplace image of the account is not there.', 'image_gone'],
  ['InvalidImageIdAndInstanceType.NotMatch', 'The image does not run on this instance type.', 'template'],
  ['QuotaExceed.ElasticQuota', 'The account has no quota left for this instance type.', 'quota'],
  ['SecurityGroupInstanceLimitExceed', 'Too many instances in the security group.', 'quota'],
  ['InvalidKeyPairName.NotFound', 'The key pair of the account does not exist.', 'template'],
  ['', 'Something else happened in the account.', 'scaling_failed'],
])('%s is told with what mends it, whoever is spoken of', (code, text, kind) => {
  expect(told(code, text).code).toBe(kind);
});

it('the words of Auto Scaling are told where it gives no code', () => {
  const { code, message, hint } = told('', 'ImageNotSubscribed: this account\nhas no subscription.');

  expect(code).toBe('image_not_subscribed');
  expect(message).toContain('Auto Scaling said: ImageNotSubscribed: this account has no subscription.');
  expect(hint).toContain('Subscribe to the Ant Media image');
});

it.each([
  ['InvalidImageId.NotFound', 'The specified image m-gone does not exist.'],
  ['', 'InvalidImageId.NotFound: The specified ImageId does not exist.'],
  ['', 'The specified image m-gone is not found.'],
])('that the image is gone is told with what Retry can do and what not (%s %s)', (code, text) => {
  const problem = told(code, text);

  expect(problem.code).toBe('image_gone');
  expect(problem.message).toMatch(/^No edge node could be started: the image .* Auto Scaling said: .*image/i);
  expect(problem.hint).toMatch(/Retry, which takes the same image\..* --image\.$/);
});
