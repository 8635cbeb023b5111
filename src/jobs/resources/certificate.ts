import { X509Certificate } from 'node:crypto';
import { plainChain, plainKey } from '../../cluster/certificate.ts';
import { certificateName } from '../../cluster/names.ts';
import { AmsError } from '../../cluster/errors.ts';
import type { Settings } from '../../cluster/settings.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { resource } from '../resource.ts';
import type { Found, Observing, Output } from '../resource.ts';
import { readSecretPlace } from '../secret-place.ts';
import { NotOurs, unlessTaken } from './not-ours.ts';
import { isOurs, ours, tagsFor } from './tagged.ts';

export interface SeenCertificate {
  readonly certId: number;
  readonly name: string;
  /** As listeners take it, e.g. `123-ap-southeast-1`. */
  readonly certIdentifier: string;
  /** SHA-256 of the leaf, lower-case hex. */
  readonly sha256: string;
  readonly expired: boolean;
}

/** The certificate of the spec cannot be put into CAS. */
class CertificateUnavailable extends AmsError {
  readonly code = 'certificate_unavailable';
}

/** The certificate in Certificate Management that both HTTPS listeners serve. CAS knows no ClientToken. */
export const certificate = resource<SeenCertificate>({
  kind: 'certificate',
  actions: [
    'yundun-cert:UploadUserCertificate',
    'yundun-cert:ListUserCertificateOrder',
    'yundun-cert:GetUserCertificateDetail',
    'yundun-cert:DeleteUserCertificate',
  ],
  typicalSeconds: 3,
  deadlineSeconds: 300,
  removeAfter: ['listener'],
  goneByAnswer: true,
  parts(spec) {
    const wanted = spec.certificate;
    const title =
      wanted.source === 'cas'
        ? `Certificate ${wanted.certId} of Certificate Management, which exists`
        : `Certificate "${wanted.name}" uploaded as ${certificateName(spec.name, wanted.sha256)}`;
    return [{ id: 'certificate', needs: [], title }];
  },
  observe: observeCertificates,
  ready({ seen, ours: isOwn }) {
    if (!seen.expired || isOwn) return { state: 'ready' };
    return {
      state: 'broken',
      problem: {
        code: 'certificate_expired',
        message: `Certificate ${seen.certId} has expired.`,
        hint: 'Plan again with a valid one: --certificate.',
      },
    };
  },
  diff: () => ({ action: 'none' }),
  async create(ctx) {
    const wanted = ctx.spec.certificate;
    if (wanted.source === 'cas') {
      throw new CertificateUnavailable(
        `Certificate Management holds no certificate ${wanted.certId} (any more).`,
        { hint: 'Plan again with another --certificate; casEndpoint in ams.yaml chooses the other site.' },
      );
    }
    const { certificates } = ctx.settings;
    const places = certificates[wanted.name] ?? (await placesOfSame(certificates, wanted.sha256));
    if (!places) {
      throw new CertificateUnavailable(
        `ams.yaml names no certificate "${wanted.name}", nor the same one under another name.`,
        {
          hint: `Add the one whose SHA-256 fingerprint begins with ${wanted.sha256.slice(0, 12)} under certificates on every worker, then press Retry.`,
        },
      );
    }
    const name = certificateName(ctx.cluster, wanted.sha256);
    const cas = ctx.cloud.cas(ctx.regionId);
    const [chain, key] = await Promise.all([
      readSecretPlace(places.chain).then(plainChain),
      readSecretPlace(places.key).then(plainKey),
    ]);
    if (leafSha256(chain) !== wanted.sha256) {
      throw new CertificateUnavailable(
        `Certificate "${wanted.name}" is another one now than when the plan was made.`,
        {
          hint: `The cluster keeps the one whose SHA-256 fingerprint begins with ${wanted.sha256.slice(0, 12)}: put its files back where certificates.${wanted.name} in ams.yaml points and press Retry. To have the new one, roll the creation back, or destroy the cluster, and create it again.`,
        },
      );
    }
    const uploading = cas.upload({
      name,
      chainPem: `${chain}\n`,
      keyPem: `${key}\n`,
      tags: tagsFor(ctx),
    });
    return unlessTaken(
      uploading.then(async (certId) => {
        const made = await cas.detail(certId);
        return made && outputOf(made);
      }),
      async () => {
        const taken = (await cas.list()).find((one) => one.name === name);
        if (!taken || hexOf(taken.sha256 ?? wanted.sha256) === wanted.sha256) return undefined;
        return new NotOurs(
          `certificate ${name} (${taken.certId})`,
          ctx.cluster,
          'Rename or delete it in Certificate Management if nobody needs it, then press Retry.',
        );
      },
    );
  },
  async remove(ctx, { seen }) {
    await ctx.cloud.cas(ctx.regionId).delete(seen.certId);
    return 'gone';
  },
  output({ seen }) {
    return outputOf(seen);
  },
});

/** Where a certificate lies whose entry was renamed, or whose name went with Redis. */
async function placesOfSame(
  certificates: Settings['certificates'],
  sha256: string,
): Promise<Settings['certificates'][string] | undefined> {
  for (const places of Object.values(certificates)) {
    const chain = await readSecretPlace(places.chain).catch(() => '');
    if (leafSha256(chain) === sha256) return places;
  }
  return undefined;
}

function outputOf({ certId, certIdentifier }: Pick<SeenCertificate, 'certId' | 'certIdentifier'>): Output {
  return { certId: String(certId), certIdentifier };
}

/**
 * By name, then by the fingerprint that the name ends with. Whose it is, its tags say: one without ours was uploaded by
 * somebody else and is the same certificate all the same, so it is used and never deleted. Where the answer shows no
 * tags the name has to do. One that the spec does not want (left by a rotation) is `certificate-old`. While they are
 * removed each is asked for by its number: one request, where both lists of all certificates are many.
 */
export async function observeCertificates(look: Observing): Promise<readonly Found<SeenCertificate>[]> {
  const cas = look.cloud.cas(look.regionId);
  const wanted = look.spec?.certificate;
  const going = look.shallow === true ? (look.removes?.('certificate') ?? []).map(Number) : [];
  const named = async () => (await cas.list()).filter((one) => isNameOf(look.cluster, one.name));
  const found: Found<SeenCertificate>[] = [];
  for (const certId of going.length > 0 ? going : (await named()).map((one) => one.certId)) {
    const detail = await cas.detail(certId);
    if (!detail || !isNamedSo(look.cluster, detail)) continue;
    const part =
      wanted?.source === 'configured' && certificateName(look.cluster, wanted.sha256) !== detail.name
        ? 'certificate-old'
        : 'certificate';
    const isOwn = detail.tags === undefined || isOurs(detail.tags, look.cluster);
    found.push({ ...ours(part, String(certId), detail.tags ?? {}, seenOf(detail)), ours: isOwn });
  }
  if (wanted?.source !== 'cas' || found.some((one) => one.id === String(wanted.certId))) return found;
  const adopted = await cas.detail(wanted.certId);
  if (!adopted) return found;
  return [{ part: 'certificate', id: String(wanted.certId), ours: false, seen: seenOf(adopted) }, ...found];
}

/** Identifier that HTTPS listeners of the spec must show, as far as it is known without looking at CAS's details. */
export function wantedCertificateOf(
  spec: ClusterSpec,
  certificates: readonly Found<SeenCertificate>[],
): string | undefined {
  if (spec.certificate.source === 'cas') return String(spec.certificate.certId);
  return certificates.find((one) => one.part === 'certificate')?.seen.certIdentifier;
}

function isNameOf(cluster: string, name: string): boolean {
  return name.startsWith(`${cluster}-`) && /^[0-9a-f]{12}$/.test(name.slice(cluster.length + 1));
}

/** Fingerprint of the first certificate of a chain, lower-case hex; empty when it is none. */
function leafSha256(chainPem: string): string {
  try {
    return new X509Certificate(chainPem).fingerprint256.replaceAll(':', '').toLowerCase();
  } catch {
    return '';
  }
}

type Detail = Pick<
  NonNullable<Awaited<ReturnType<ReturnType<Observing['cloud']['cas']>['detail']>>>,
  'certId' | 'name' | 'certIdentifier' | 'sha256' | 'expired'
>;

/** The name ends with the certificate's own fingerprint. */
function isNamedSo(cluster: string, detail: Detail): boolean {
  const sha256 = hexOf(detail.sha256);
  return sha256 === '' ? isNameOf(cluster, detail.name) : detail.name === certificateName(cluster, sha256);
}

function hexOf(fingerprint: string | undefined): string {
  return (fingerprint ?? '').replaceAll(':', '').toLowerCase();
}

function seenOf(detail: Detail): SeenCertificate {
  const { certId, name, certIdentifier, expired } = detail;
  return { certId, name, certIdentifier, sha256: hexOf(detail.sha256), expired };
}
