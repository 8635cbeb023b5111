/** Why no answer came, as one sentence with its fix. The codes are Node's and OpenSSL's own. */
export function connectionWords(error: Error, domain: string, port: number): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const at = `port ${port}`;
  switch (code) {
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `The certificate chain on ${at} is incomplete: the load balancer does not send the intermediate, or its root is not trusted; upload the full chain (fullchain.pem) to Certificate Management and set it at the listener in the ALB console.`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return `The certificate on ${at} comes from an authority that nobody trusts (self-signed); use one of a public authority, or name your own root under trustedRoots in ams.yaml.`;
    case 'CERT_HAS_EXPIRED':
      return `The certificate on ${at} has expired; renew it and set the new one.`;
    case 'CERT_NOT_YET_VALID':
      return `The certificate on ${at} is not valid yet; check its dates.`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The certificate on ${at} does not cover ${domain}; use one that names it.`;
    case 'ECONNREFUSED':
      return `Nothing listens on ${at} of the load balancer; check its listener.`;
    case 'ETIMEDOUT':
      return `The load balancer did not answer on ${at} in time; check its listener and whether a network rule is in the way.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name of the load balancer does not resolve yet; wait a little or check it in the console.`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `The load balancer closed the connection on ${at}; check its listener and the health of its nodes.`;
    default:
      if (code.startsWith('ERR_SSL') || code === 'EPROTO') {
        return `No TLS session came about on ${at}; check that its listener runs, is HTTPS and has a certificate.`;
      }
      return `No answer on ${at} (${code || error.name}); check its listener.`;
  }
}
