import { connect } from 'node:tls';
import type { ConnectTo } from '../../cloud/connect-to.ts';
import type { ClusterStatus } from '../../cluster/answers.ts';
import { isRenewalDue } from '../../cluster/certificate.ts';

/** The certificate that port 443 really serves. Trust is the test flight's business. */
export function servedCertificate(place: {
  readonly domain: string;
  readonly dnsName: string;
  readonly connect: ConnectTo;
  readonly now: () => number;
}): Promise<NonNullable<ClusterStatus['certificate']>> {
  const byDomain = place.connect(place.domain, 443);
  const mapped = byDomain.host !== place.domain || byDomain.port !== 443;
  const way = mapped ? byDomain : place.connect(place.dnsName, 443);
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
      });
    });
  });
}
