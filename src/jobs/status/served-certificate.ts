import { checkServerIdentity, connect } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import type { ConnectTo } from '../../cloud/connect-to.ts';
import type { ClusterStatus } from '../../cluster/answers.ts';
import { isRenewalDue } from '../../cluster/certificate.ts';

type Certificate = NonNullable<ClusterStatus['certificate']>;

/** What a status tells of it, with what tells it from others, and when it ends, milliseconds since 1970. */
export type ServedCertificate = Certificate & { readonly sha256: string; readonly endsAt: number };

/** Where a certificate is served. */
interface Place {
  readonly domain: string;
  readonly dnsName: string;
  readonly connect: ConnectTo;
  readonly now: () => number;
}

/**
 * What the ports 443 and 5443 really serve, of two the worse: one of another domain, at which every browser stops, else
 * the one that ends first. Trust is the test flight's business.
 */
export async function servedCertificate(place: Place): Promise<Certificate> {
  const served = await readPorts(place);
  const worst = served.find((one) => one.isForeign === true) ?? served[0];
  const { sha256: _sha256, endsAt: _endsAt, ...told } = worst;
  return told;
}

/** The one that ends first, with all that is known of it. */
export async function readServed(place: Place): Promise<ServedCertificate> {
  const [first] = await readPorts(place);
  return first;
}

/** The one that ends first, and then that of the other port, if it serves another. @throws Error when none is read */
async function readPorts(place: Place): Promise<readonly [ServedCertificate, ...ServedCertificate[]]> {
  const [publish, play] = await Promise.allSettled([readAt(place, 443), readAt(place, 5443)]);
  if (publish.status === 'rejected') {
    if (play.status === 'rejected') throw publish.reason as Error;
    return [play.value];
  }
  if (play.status === 'rejected' || play.value.sha256 === publish.value.sha256) return [publish.value];
  const [first, second] = [
    { ...publish.value, port: 443 },
    { ...play.value, port: 5443 },
  ] as const;
  return first.endsAt <= second.endsAt ? [first, second] : [second, first];
}

function readAt(place: Place, port: number): Promise<ServedCertificate> {
  const byDomain = place.connect(place.domain, port);
  const mapped = byDomain.host !== place.domain || byDomain.port !== port;
  const way = mapped ? byDomain : place.connect(place.dnsName, port);
  return new Promise((resolve, reject) => {
    // Nothing is sent: the handshake alone shows the certificate, also an expired one.
    const socket = connect({
      host: way.host,
      port: way.port,
      servername: place.domain,
      rejectUnauthorized: false,
    });
    socket.setTimeout(8_000, () => socket.destroy(new Error('timed out')));
    socket.on('error', reject);
    socket.on('secureConnect', () => {
      const seen = socket.getPeerCertificate();
      socket.destroy();
      const life = { from: Date.parse(seen.valid_from), to: Date.parse(seen.valid_to) };
      const now = place.now();
      resolve({
        names: [...(seen.subjectaltname ?? '').matchAll(/DNS:([^,]+)/g)].map((match) =>
          (match[1] ?? '').trim(),
        ),
        daysLeft: Math.floor((life.to - now) / 86_400_000),
        isDue: isRenewalDue(life, now),
        sha256: seen.fingerprint256,
        endsAt: life.to,
        ...(covers(seen, place.domain) ? {} : { isForeign: true }),
      });
    });
  });
}

function covers(seen: PeerCertificate, domain: string): boolean {
  try {
    return checkServerIdentity(domain, seen) === undefined;
  } catch {
    // Its names cannot be read.
    return false;
  }
}
