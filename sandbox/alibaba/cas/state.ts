import type { Listed } from '../listed.ts';
import type { ParsedCertificate } from './certificate.ts';

/** A certificate as CAS keeps it. */
export interface StoredCertificate extends Listed {
  readonly id: number;
  /** `<id>-<CAS region>`: the form that listeners take. */
  readonly identifier: string;
  readonly name: string;
  readonly certPem: string;
  readonly keyPem: string;
  readonly parsed: ParsedCertificate;
  readonly resourceGroupId: string;
  readonly uploadedAt: Date;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
}

/** The certificate service's memory. */
export class CasState {
  readonly certificates = new Map<number, StoredCertificate>();
  /** Region part of identifiers: `ap-southeast-1` on the international site, `cn-hangzhou` on the Chinese one. */
  suffix = 'ap-southeast-1';

  /** The certificate a listener means, by the suffixed identifier only. */
  byIdentifier(identifier: string): StoredCertificate | undefined {
    const id = Number(/^(\d+)-/.exec(identifier)?.[1]);
    const found = this.certificates.get(id);
    return found?.identifier === identifier ? found : undefined;
  }
}
