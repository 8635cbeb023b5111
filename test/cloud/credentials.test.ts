import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { credentialSource } from '../../src/cloud/credential-source.ts';
import { failure, json, refuse, wireServer } from './wire-server.ts';
import type { Reply } from './wire-server.ts';

let folder: string;
const open: { close(): Promise<void> }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ams-credentials-'));
  const names = ['ACCESS_KEY_ID', 'ACCESS_KEY_SECRET', 'ROLE_ARN', 'OIDC_PROVIDER_ARN', 'OIDC_TOKEN_FILE'];
  for (const name of [...names, 'STS_REGION', 'CREDENTIALS_URI', 'PROFILE'])
    vi.stubEnv(`ALIBABA_CLOUD_${name}`, '');
  for (const name of ['CLI_PROFILE_DISABLED', 'ECS_METADATA_DISABLED'])
    vi.stubEnv(`ALIBABA_CLOUD_${name}`, 'true');
  vi.stubEnv('ALIBABA_CLOUD_CREDENTIALS_FILE', keyFile());
  writeKey('LTAIold');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  await Promise.all(open.splice(0).map((server) => server.close()));
});

function keyFile(): string {
  return join(folder, 'credentials');
}

function writeKey(id: string): void {
  writeFileSync(
    keyFile(),
    `[default]\ntype = access_key\naccess_key_id = ${id}\naccess_key_secret = of-${id}\n`,
  );
}

async function createVpc(reply: Reply) {
  const server = await wireServer(reply);
  open.push(server);
  const { vpc } = server.cloud({ credentials: undefined }).in('ap-southeast-1');
  const made = vpc.createVpc({ name: 'n', cidr: '10.0.0.0/8', tags: {}, token: 'tok' });
  return { server, made };
}

it('a key that was replaced in its file is used at once, in the middle of a change', async () => {
  const { server, made } = await createVpc(({ headers }, response) => {
    const isNew = headers.authorization?.includes('Credential=LTAInew') === true;
    if (isNew) return json(response, 200, { VpcId: 'vpc-1', RequestId: 'R-1' });
    writeKey('LTAInew');
    refuse(response, 404, 'InvalidAccessKeyId.NotFound');
  });

  expect(await made).toBe('vpc-1');
  expect(server.seen.map(({ query }) => query['ClientToken'])).toEqual(['tok', 'tok']);
});

it('a key that stays refused is told, and not tried on and on', async () => {
  const { server, made } = await createVpc((_seen, response) =>
    refuse(response, 404, 'InvalidAccessKeyId.Inactive'),
  );

  await expect(made).rejects.toMatchObject({ errorClass: 'identity', retryable: false });
  expect(server.seen).toHaveLength(2);
});

it('what was given before stays where nobody gives anything new', async () => {
  const source = credentialSource(undefined);
  const before = await source.get();

  rmSync(keyFile());
  source.renew();

  expect(source.generation).toBe(1);
  expect((await source.get())['credential']).toBe(before['credential']);
});

it('nobody gives any: that is told', async () => {
  rmSync(keyFile());

  await expect(credentialSource(undefined).get()).rejects.toMatchObject({ code: 'InvalidCredentials' });
});

it('an answer that cannot be read changes nothing of who we are', async () => {
  const { server, made } = await createVpc((_seen, response) =>
    response.writeHead(502).end('<html>bad</html>'),
  );
  await expect(made).rejects.toMatchObject({ errorClass: 'network' });
  writeKey('LTAIother');

  const { vpc } = server.cloud({ credentials: undefined }).in('ap-southeast-1');
  const first = await failure(vpc.listVpcs({}));
  writeKey('LTAIthird');
  const second = await failure(vpc.listVpcs({}));

  expect([first.errorClass, second.errorClass]).toEqual(['network', 'network']);
  const keys = server.seen.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1]);
  expect(keys).toEqual(['LTAIold', 'LTAIother', 'LTAIother']);
});

describe('a pod with a role of its own', () => {
  /** @param region where STS is asked; this one leads to a port of this machine that nobody listens on */
  function givePodRole(tokenFile: string, region = 'x@127.0.0.1:1/#'): void {
    vi.stubEnv('ALIBABA_CLOUD_ROLE_ARN', 'acs:ram::1234567890123456:role/ams');
    vi.stubEnv('ALIBABA_CLOUD_OIDC_PROVIDER_ARN', 'acs:ram::1234567890123456:oidc-provider/ack');
    vi.stubEnv('ALIBABA_CLOUD_OIDC_TOKEN_FILE', tokenFile);
    vi.stubEnv('ALIBABA_CLOUD_STS_REGION', region);
  }

  it('waits for STS, instead of going on as somebody else', async () => {
    givePodRole(keyFile());

    const { server, made } = await createVpc((_seen, response) => json(response, 200, { VpcId: 'vpc-1' }));

    await expect(made).rejects.toMatchObject({ errorClass: 'network', retryable: true });
    expect(server.seen).toEqual([]);
  });

  it('is told that its token is not there', async () => {
    givePodRole(join(folder, 'no-token'));

    const { server, made } = await createVpc((_seen, response) => json(response, 200, { VpcId: 'vpc-1' }));

    await expect(made).rejects.toMatchObject({ errorClass: 'identity', retryable: false });
    expect(server.seen).toEqual([]);
  });
});
