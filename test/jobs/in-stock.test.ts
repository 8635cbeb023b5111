import { describe, expect, it } from 'vitest';
import type { Offer } from '../../src/cloud/ecs/stock.ts';
import { alternatives } from '../../src/jobs/in-stock.ts';

const zones = ['eu-central-1a', 'eu-central-1b'];

function offers(stock: Readonly<Record<string, readonly string[]>>): Offer[] {
  return Object.entries(stock).flatMap(([zoneId, types]) =>
    types.map((value) => ({ zoneId, value, available: true, stock: 'WithStock' })),
  );
}

describe('what is offered instead of what is sold out', () => {
  it('is of the same size in all zones, of the same family first, newest first', () => {
    const types = ['ecs.g8i.xlarge', 'ecs.c6.xlarge', 'ecs.c8i.xlarge', 'ecs.c8i.large'];
    const words = alternatives(
      offers({ 'eu-central-1a': types, 'eu-central-1b': [...types, 'ecs.g7.xlarge'] }),
      {
        zones,
        instanceTypes: ['ecs.c7.xlarge'],
      },
    );

    expect(words).toBe(
      'In stock in eu-central-1a, eu-central-1b: ecs.c8i.xlarge, ecs.c6.xlarge, ecs.g8i.xlarge.',
    );
  });

  it('is never an ARM or a burstable type', () => {
    const types = ['ecs.c8y.xlarge', 'ecs.g6r.xlarge', 'ecs.t6-c1m2.xlarge'];

    expect(
      alternatives(offers({ 'eu-central-1a': types, 'eu-central-1b': types }), {
        zones,
        instanceTypes: ['ecs.c7.xlarge'],
      }),
    ).toBe('');
  });

  it('names the zones that still have the wanted type', () => {
    expect(
      alternatives(offers({ 'eu-central-1c': ['ecs.c7.xlarge'] }), {
        zones,
        instanceTypes: ['ecs.c7.xlarge'],
      }),
    ).toBe('ecs.c7.xlarge is in stock in eu-central-1c.');
  });

  it('leaves out what is about to end', () => {
    const ending = offers({ 'eu-central-1c': ['ecs.c7.xlarge'] }).map((one) => ({
      ...one,
      available: false,
    }));

    expect(alternatives(ending, { zones, instanceTypes: ['ecs.c7.xlarge'] })).toBe('');
  });
});
