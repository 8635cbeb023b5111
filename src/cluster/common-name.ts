/** The common name of a subject or an issuer as Node words it, one part a line; all of it where there is none. */
export function commonName(distinguishedName: string): string {
  return /^CN=(.*)$/m.exec(distinguishedName)?.[1] ?? distinguishedName.replaceAll('\n', ', ');
}
