import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAlibaba } from '../../../sandbox/alibaba/server.ts';
import type { AlibabaServer } from '../../../sandbox/alibaba/server.ts';
import { createClock } from '../../../sandbox/clock.ts';
import { createMachineRoom } from '../../../sandbox/machine/room.ts';
import { makeCertificate } from '../../../sandbox/certificates.ts';
import { createCloud } from '../../../src/cloud/cloud.ts';
import type { Cloud } from '../../../src/cloud/cloud.ts';
import { certificateName, resourceTags } from '../../../src/cluster/names.ts';
import { certificate, observeCertificates } from '../../../src/jobs/resources/certificate.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from './spec.ts';

const own = ownRedis();
const REGION = 'ap-southeast-1';
let server: AlibabaServer;
let cloud: Cloud;

beforeAll(async () => {
  const clock = createClock(0.01);
  server = await startAlibaba({ clock, rooms: await createMachineRoom({ clock }) });
  cloud = createCloud({
    endpoint: server.url,
    credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' },
  });
});
afterAll(() => server.close());

it('is asked for by its number while it is removed, until it is gone', async () => {
  const { chainPem, keyPem } = await makeCertificate({ names: ['going.test'] });
  const sha256 = new X509Certificate(chainPem).fingerprint256.replaceAll(':', '').toLowerCase();
  const cas = cloud.cas(REGION);
  const tags = { ...resourceTags('going', 'certificate', 'op-2') };
  const certId = await cas.upload({ name: `going-${sha256.slice(0, 12)}`, chainPem, keyPem, tags });
  const asked: string[] = [];
  const stop = server.cloud.on('request', ({ action }) => asked.push(action));
  const look = () =>
    observeCertificates({
      cluster: 'going',
      regionId: REGION,
      spec: undefined,
      cloud,
      region: cloud.in(REGION),
      shallow: true,
      removes: (kind) => (kind === 'certificate' ? [String(certId)] : []),
    });

  expect(await look()).toMatchObject([{ id: String(certId), ours: true, operationId: 'op-2' }]);
  expect(asked).toEqual(['GetUserCertificateDetail']);
  await cas.delete(certId);
  expect(await look()).toEqual([]);
  stop();
});

it('is ours by its tags; one that somebody else uploaded under our name is only used', async () => {
  const [ours, theirs] = await Promise.all(
    ['a', 'b'].map((name) => makeCertificate({ names: [`${name}.test`] })),
  );
  if (!ours || !theirs) throw new Error('no certificates');
  const sha = ({ chainPem }: typeof ours) =>
    new X509Certificate(chainPem).fingerprint256.replaceAll(':', '').toLowerCase();
  const upload = (made: typeof ours, tags: Record<string, string>) =>
    cloud.cas(REGION).upload({ name: `live-${sha(made).slice(0, 12)}`, ...made, tags });
  const ownId = await upload(ours, { ...resourceTags('live', 'certificate', 'op-1') });
  const foreignId = await upload(theirs, { team: 'payments' });
  const look = (made: typeof ours, shallow: boolean) =>
    observeCertificates({
      cluster: 'live',
      regionId: REGION,
      spec: aSpec({
        name: 'live',
        certificate: { source: 'configured', name: 'default', sha256: sha(made) },
      }),
      cloud,
      region: cloud.in(REGION),
      shallow,
    });

  for (const shallow of [false, true]) {
    const seen = await look(ours, shallow);
    expect(seen).toHaveLength(2);
    expect(seen.find((one) => one.part === 'certificate')).toMatchObject({
      id: String(ownId),
      ours: true,
      operationId: 'op-1',
    });
    expect(seen.find((one) => one.part === 'certificate-old')).toMatchObject({
      id: String(foreignId),
      ours: false,
    });
    expect((await look(theirs, shallow)).find((one) => one.part === 'certificate')).toMatchObject({
      id: String(foreignId),
      ours: false,
    });
  }
});

it('is found in ams.yaml by its fingerprint where its entry was renamed or its name went with Redis', async () => {
  const [made, other] = await Promise.all(
    ['renamed', 'other'].map((name) => makeCertificate({ names: [`${name}.test`] })),
  );
  if (!made || !other) throw new Error('no certificates');
  const sha256 = new X509Certificate(made.chainPem).fingerprint256.replaceAll(':', '').toLowerCase();
  Object.assign(process.env, { MADE_CHAIN: made.chainPem, MADE_KEY: made.keyPem, OTHER_PEM: other.chainPem });
  const { ctx } = contextOf({
    cloud,
    secrets: new Secrets(own.redis, new Keys('certificate'), 'a key for tests only'),
    step: planStep('certificate'),
    spec: aSpec({
      name: 'renamed',
      regionId: REGION,
      certificate: { source: 'configured', name: '(unknown)', sha256 },
    }),
    now: 1_000,
  });
  const others = {
    unread: { chain: 'env:NOT_THERE', key: 'env:NOT_THERE' },
    other: { chain: 'env:OTHER_PEM', key: 'env:OTHER_PEM' },
  };
  const same = { wildcard: { chain: 'env:MADE_CHAIN', key: 'env:MADE_KEY' } };
  const upload = async (certificates: typeof ctx.settings.certificates) =>
    certificate.create({ ...ctx, settings: { ...ctx.settings, certificates } });

  await expect(upload(others)).rejects.toMatchObject({ code: 'certificate_unavailable' });
  await upload({ ...others, ...same });

  const names = (await cloud.cas(REGION).list()).map((one) => one.name);
  expect(names).toContain(certificateName('renamed', sha256));
  for (const name of ['MADE_CHAIN', 'MADE_KEY', 'OTHER_PEM']) Reflect.deleteProperty(process.env, name);
});
