/** The actions of CAS (2020-04-07) that deal with uploaded certificates. */
import { randomInt } from 'node:crypto';
import { albOf } from '../alb/lookup.ts';
import { ApiError } from '../api-error.ts';
import { type Call, tagsOf } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { isVisible } from '../listed.ts';
import { checkTags } from '../tags.ts';
import { parsePair } from './certificate.ts';
import { casOf } from './lookup.ts';
import type { StoredCertificate } from './state.ts';

const DAY_MS = 86_400_000;
/** CAS calls a certificate "about to expire" this long before its end. */
const WILL_EXPIRE_MS = 30 * DAY_MS;

export function uploadUserCertificate(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as {
    readonly Name?: string;
    readonly Cert?: string;
    readonly Key?: string;
    readonly ResourceGroupId?: string;
  };
  const name = required('Name', input.Name);
  const certPem = required('Cert', input.Cert);
  const keyPem = required('Key', input.Key);
  if (!/^[\p{L}\p{N}._*-]{1,63}$/u.test(name)) {
    throw new ApiError('InvalidParameter.Name', 400, `The certificate name ${name} is not valid.`);
  }
  const tags = tagsOf(call.params, 'Tags');
  checkTags(tags);
  const state = casOf(cloud);
  if ([...state.certificates.values()].some((certificate) => certificate.name === name)) {
    throw new ApiError('NameRepeat', 400, `A certificate named ${name} exists already.`);
  }
  const parsed = parsePair(certPem, keyPem);
  if ('code' in parsed) throw new ApiError(parsed.code, 400, parsed.message);

  let id = randomInt(10_000_000, 99_999_999);
  while (state.certificates.has(id)) id++;
  state.certificates.set(id, {
    id,
    identifier: `${id}-${casOf(cloud).suffix}`,
    name,
    certPem,
    keyPem,
    parsed,
    resourceGroupId: input.ResourceGroupId ?? 'rg-default',
    uploadedAt: new Date(),
    visibleAt: cloud.visibleAt(0),
    tags,
  });
  return { CertId: id, ResourceId: `cas-upload-${id}` };
}

export function getUserCertificateDetail(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly CertId?: number; readonly CertFilter?: boolean };
  const certificate = byId(cloud, input.CertId);
  const { parsed } = certificate;
  return {
    Id: certificate.id,
    Name: certificate.name,
    CertIdentifier: certificate.identifier,
    ...summary(certificate),
    Algorithm: parsed.algorithm,
    NotBefore: parsed.notBefore.getTime(),
    NotAfter: parsed.notAfter.getTime(),
    BuyInAliyun: false,
    OrderId: 0,
    Tags: certificate.tags.map((tag) => ({ TagKey: tag.Key, TagValue: tag.Value })),
    CertChain: parsed.chain.map((link, index) => ({
      CommonName: commonName(link.subject),
      IssuerCommonName: commonName(link.issuer),
      NotBefore: new Date(link.validFrom).getTime(),
      NotAfter: new Date(link.validTo).getTime(),
      RemainDay: Math.max(0, Math.floor((new Date(link.validTo).getTime() - Date.now()) / DAY_MS)),
      CertIndex: index,
    })),
    ...(input.CertFilter === true ? {} : { Cert: certificate.certPem, Key: certificate.keyPem }),
  };
}

export function listUserCertificateOrder(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as {
    readonly OrderType?: string;
    readonly Status?: string;
    readonly Keyword?: string;
    readonly CurrentPage?: number;
    readonly ShowSize?: number;
    readonly ResourceGroupId?: string;
  };
  const page = input.CurrentPage ?? 1;
  const size = input.ShowSize ?? 50;
  const isOurs = input.OrderType === 'UPLOAD' || input.OrderType === 'CERT';
  const matching = [...casOf(cloud).certificates.values()]
    .filter((certificate) => isOurs && isVisible(certificate) && hasStatus(certificate, input.Status))
    .filter((certificate) => {
      const words = [
        certificate.parsed.commonName,
        ...certificate.parsed.sans,
        `cas-upload-${certificate.id}`,
      ];
      return input.Keyword === undefined || words.some((word) => word.includes(input.Keyword ?? ''));
    })
    .filter(
      (certificate) =>
        input.ResourceGroupId === undefined || certificate.resourceGroupId === input.ResourceGroupId,
    )
    .toReversed();
  return {
    CertificateOrderList: matching.slice((page - 1) * size, page * size).map((certificate) => ({
      CertificateId: certificate.id,
      Name: certificate.name,
      ...summary(certificate),
      CertStartTime: certificate.parsed.notBefore.getTime(),
      CertEndTime: certificate.parsed.notAfter.getTime(),
      InstanceId: `cas-upload-${certificate.id}`,
      Upload: true,
      Status: isExpired(certificate) ? 'EXPIRED' : willExpire(certificate) ? 'WILLEXPIRED' : 'ISSUED',
    })),
    TotalCount: matching.length,
    CurrentPage: page,
    ShowSize: size,
  };
}

export function deleteUserCertificate(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly CertId?: number };
  const certificate = byId(cloud, input.CertId);
  const user = [...albOf(cloud).listeners.values()].find((listener) =>
    listener.certificateIds.includes(certificate.identifier),
  );
  if (user !== undefined) {
    throw new ApiError(
      'CertificateInUse',
      400,
      `The certificate ${certificate.id} is used by listener ${user.id} and cannot be deleted.`,
    );
  }
  casOf(cloud).certificates.delete(certificate.id);
  return {};
}

function byId(cloud: Cloud, id: number | undefined): StoredCertificate {
  if (id === undefined) throw new ApiError('MissingParameter', 400, 'CertId is required.');
  const certificate = casOf(cloud).certificates.get(id);
  if (certificate) return certificate;
  throw new ApiError('NotFound', 404, `The certificate ${id} does not exist.`);
}

/** Fields that the list and the detail share. */
function summary(certificate: StoredCertificate): Record<string, unknown> {
  const { parsed } = certificate;
  return {
    Common: parsed.commonName,
    CommonName: parsed.commonName,
    Sans: parsed.sans.join(','),
    StartDate: parsed.notBefore.toISOString().slice(0, 10),
    EndDate: parsed.notAfter.toISOString().slice(0, 10),
    Issuer: parsed.issuer,
    OrgName: parsed.issuerOrganization,
    Fingerprint: parsed.fingerprint,
    Sha2: parsed.sha2,
    SerialNo: parsed.serialNo,
    Expired: isExpired(certificate),
    ResourceGroupId: certificate.resourceGroupId,
  };
}

function isExpired(certificate: StoredCertificate): boolean {
  return certificate.parsed.notAfter.getTime() < Date.now();
}

function willExpire(certificate: StoredCertificate): boolean {
  return certificate.parsed.notAfter.getTime() < Date.now() + WILL_EXPIRE_MS;
}

/** Without a status the list leaves expired certificates out. */
function hasStatus(certificate: StoredCertificate, status: string | undefined): boolean {
  if (status === undefined || status === '') return !isExpired(certificate);
  if (status === 'EXPIRED') return isExpired(certificate);
  if (status === 'WILLEXPIRED') return !isExpired(certificate) && willExpire(certificate);
  return status === 'ISSUED' && !isExpired(certificate);
}

function required(name: string, value: string | undefined): string {
  if (value !== undefined && value !== '') return value;
  throw new ApiError(`MissingParameter.${name}`, 400, `${name} is required.`);
}

function commonName(subject: string): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? subject;
}
