import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstallFault } from '../../sandbox/machine/faults.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

/** Each fault strikes the database of one cluster, found by its name; several clusters are made at a time. */
let town: Town;
let seen: Watcher;

beforeAll(async () => {
  town = await openTown({ alibaba: { quotas: { vpcs: 30, launchTemplates: 60 } } });
  seen = watch(town);
}, 60_000);

afterAll(() => town.close());

const PATIENCE_MS = 150_000;

function strike(name: string, fault: InstallFault, options?: { forMs?: number }): void {
  town.world.machines.faults.install(fault, { name: `${name}-database` }, options);
}

describe.concurrent('what only needs time or a repair is overcome without anybody', () => {
  it.each<[name: string, fault: InstallFault, forMs: number | undefined]>([
    ['lists', 'apt-lists-locked', 120_000],
    ['half', 'half-configured-dpkg', undefined],
  ])(
    '%s: %s',
    async (name, fault, forMs) => {
      strike(name, fault, forMs === undefined ? {} : { forMs });

      expect(await seen.created(name)).toContain(`Done: create cluster ${name}`);
    },
    PATIENCE_MS,
  );
});

describe.concurrent('what is wrong with the machine is named, with its fix', () => {
  it.each<[name: string, fault: InstallFault, words: RegExp]>([
    [
      'cutoff',
      'no-network',
      /cannot fetch the installer from mirror\.example\.com .*Check its DNS and way out/,
    ],
    ['wrong', 'unsupported-release', /runs release "18\.04".*Use Ubuntu 22\.04 or 24\.04/],
    ['naked', 'unsigned-repository', /repository's signature could not be checked.*NO_PUBKEY.*signing key/],
    ['full', 'disk-full', /disk of the database host is full.*larger mongo\.diskGiB/],
    ['crash', 'mongod-crash', /mongod crashes at its start.*AVX.*current instance type/],
    ['other', 'script-changed', /not the one that was checked: its sha256 is [0-9a-f]{64}.*It was not run/],
  ])(
    '%s: %s',
    async (name, fault, words) => {
      strike(name, fault);

      const end = await seen.created(name);

      expect(end).toContain(`Failed: create cluster ${name}`);
      expect(end).toMatch(words);
      expect(end).not.toMatch(/Done|https:\/\/\S+live\.example\.com\/\S+\?id=/);
    },
    PATIENCE_MS,
  );
});
