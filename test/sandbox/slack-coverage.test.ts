import { expect, test } from 'vitest';
import { coverage } from '../../sandbox/slack/coverage.ts';
import { routes } from '../../sandbox/slack/methods/routes.ts';

test('the coverage table names every route with its tier, and nothing else', () => {
  const answered = Object.entries(routes).map(([method, { tier }]) => `${method} ${tier}`);

  expect(coverage.map(({ method, tier }) => `${method} ${tier}`)).toEqual(answered.sort());
});
