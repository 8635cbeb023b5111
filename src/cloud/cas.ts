import { CloudError } from './errors.ts';
import type { Line } from './calling/line.ts';
import { gone, idIn, orNothing } from './calling/outcome.ts';
import { byNumber } from './calling/paging.ts';
import { fromTagList, toWireTags } from './calling/tags.ts';
import type { Tags } from './calling/tags.ts';
import { wireObject } from './calling/wire-answer.ts';
import type { WireObject } from './calling/wire-answer.ts';

/** An uploaded certificate as the list shows it. */
export interface CertificateSummary {
  readonly certId: number;
  readonly name: string;
  readonly commonName: string;
  readonly sans: readonly string[];
  /** SHA-1, hexadecimal. */
  readonly fingerprint: string | undefined;
  readonly sha256: string | undefined;
  /** `YYYY-MM-DD`. */
  readonly endDate: string | undefined;
  readonly expired: boolean;
}

export interface CertificateDetail extends CertificateSummary {
  /** What listeners take: `<certId>-<region of CAS>`. */
  readonly certIdentifier: string;
  readonly issuer: string | undefined;
  /** Milliseconds since 1970. */
  readonly notBefore: number | undefined;
  /** Milliseconds since 1970. */
  readonly notAfter: number | undefined;
  /** Of the certificate and the issuers uploaded with it; empty where the answer shows none. */
  readonly chain: readonly ChainLink[];
  /** Undefined where the answer shows none: older ones do not. */
  readonly tags: Tags | undefined;
}

/** One certificate of a chain. */
export interface ChainLink {
  readonly commonName: string;
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly notAfter: number | undefined;
}

/** Certificates (CAS 2020-04-07). Every method throws CloudError when the cloud refuses or does not answer. */
export interface Cas {
  /**
   * Names are unique in the account and there is no token: after a lost answer look with `list`.
   * @returns its number (UploadUserCertificate)
   */
  upload(input: {
    /** At most 63 characters. */
    readonly name: string;
    /** PEM, leaf first. */
    readonly chainPem: string;
    /** PEM, not encrypted. Sent in the body, never in the URL. */
    readonly keyPem: string;
    readonly tags?: Tags | undefined;
  }): Promise<number>;
  /** One without its private key, or nothing (GetUserCertificateDetail, CertFilter). */
  detail(certId: number): Promise<CertificateDetail | undefined>;
  /** All uploaded ones, expired ones included (ListUserCertificateOrder). */
  list(): Promise<readonly CertificateSummary[]>;
  /** Gone already is success (DeleteUserCertificate). */
  delete(certId: number): Promise<void>;
}

const PAGE = 50;

/** An empty status hides the expired ones. */
const STATUSES = [undefined, 'EXPIRED'] as const;

/**
 * @param line to CAS; which of its two places serves a region is the endpoint's business
 * @param options.identifierRegion suffix of identifiers that the answer leaves out
 */
export function createCas(line: Line<'cas'>, options: { readonly identifierRegion: string }): Cas {
  async function listOf(status: string | undefined): Promise<readonly CertificateSummary[]> {
    const all = await byNumber(PAGE, async (currentPage) => {
      const answer = await line.call('ListUserCertificateOrder', {
        orderType: 'UPLOAD',
        status,
        currentPage,
        showSize: PAGE,
      });
      return { items: answer.certificateOrderList ?? [], total: answer.totalCount };
    });
    return all.map((one) => ({
      certId: one.certificateId ?? 0,
      name: one.name ?? '',
      commonName: one.commonName ?? '',
      sans: namesIn(one.sans),
      fingerprint: one.fingerprint,
      sha256: one.sha2,
      endDate: one.endDate,
      expired: one.expired ?? false,
    }));
  }
  return {
    async upload({ name, chainPem, keyPem, tags }) {
      const answer = await line.callByForm('UploadUserCertificate', {
        Name: name,
        Cert: chainPem,
        Key: keyPem,
        Tags: toWireTags(tags),
      });
      const id = answer['CertId'];
      return Number(idIn(id === undefined ? undefined : String(id), 'cas', 'UploadUserCertificate'));
    },
    async detail(certId) {
      // The SDK's own type of the answer has no tags.
      const raw = await orNothing(
        line.callByForm('GetUserCertificateDetail', { CertId: certId, CertFilter: true }),
      );
      if (!raw) return undefined;
      const one = wireObject(raw);
      const id = one.number('Id');
      if (id === undefined)
        throw new CloudError({ product: 'cas', action: 'GetUserCertificateDetail', errorClass: 'network' });
      const tags = raw['Tags'] === undefined ? undefined : fromTagList(one.objects('Tags').map(tagOf));
      return {
        certId: id,
        name: one.text('Name') ?? '',
        commonName: one.text('Common') ?? '',
        sans: namesIn(one.text('Sans')),
        fingerprint: one.text('Fingerprint'),
        sha256: one.text('Sha2'),
        endDate: one.text('EndDate'),
        expired: one.boolean('Expired') ?? false,
        certIdentifier: one.text('CertIdentifier') ?? `${id}-${options.identifierRegion}`,
        issuer: one.text('Issuer'),
        notBefore: one.number('NotBefore'),
        notAfter: one.number('NotAfter'),
        chain: one.objects('CertChain').map(linkOf),
        tags,
      };
    },
    async list() {
      const lists = await Promise.all(STATUSES.map(listOf));
      return [...new Map(lists.flat().map((one) => [one.certId, one])).values()];
    },
    delete: (certId) => gone(line.call('DeleteUserCertificate', { certId })),
  };
}

function linkOf(link: WireObject): ChainLink {
  return {
    commonName: link.text('CommonName') ?? '',
    issuer: link.text('IssuerCommonName') ?? '',
    notAfter: link.number('NotAfter'),
  };
}

function tagOf(tag: WireObject): { readonly key: string | undefined; readonly value: string | undefined } {
  return { key: tag.text('TagKey') ?? tag.text('Key'), value: tag.text('TagValue') ?? tag.text('Value') };
}

function namesIn(list: string | undefined): readonly string[] {
  return (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
