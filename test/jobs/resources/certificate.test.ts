import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAlibaba } from '../../../sandbox/alibaba/server.ts';
import type { AlibabaServer } from '../../../sandbox/alibaba/server.ts';
import { createClock } from '../../../sandbox/clock.ts';
import { createMachineRoom } from '../../../sandbox/machine/room.ts';
import { makeCertificate } from '../../../sandbox/certificates.ts';
import { createCloud } from '../../../src/cloud/cloud.ts';
import type { Cloud } from '../../../src/cloud/cloud.ts';
import { resourceTags } from '../../../src/cluster/names.ts';
import { observeCertificates } from '../../../src/jobs/resources/certificate.ts';
import { aSpec } from './spec.ts';

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
