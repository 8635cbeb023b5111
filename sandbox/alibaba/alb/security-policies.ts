/** The TLS policies that ALB offers by itself (ListSystemSecurityPolicies). */

export interface SecurityPolicy {
  readonly SecurityPolicyId: string;
  readonly TLSVersions: readonly ('TLSv1.0' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3')[];
  readonly Ciphers: readonly string[];
}

const FORWARD_SECRET = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-RSA-AES256-SHA384',
];
const STRICT = [
  ...FORWARD_SECRET,
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-RSA-AES256-SHA',
];
const WIDE = [
  ...STRICT,
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA256',
  'AES256-SHA256',
  'AES128-SHA',
  'AES256-SHA',
  'DES-CBC3-SHA',
];
const TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

export const SYSTEM_SECURITY_POLICIES: readonly SecurityPolicy[] = [
  {
    SecurityPolicyId: 'tls_cipher_policy_1_0',
    TLSVersions: ['TLSv1.0', 'TLSv1.1', 'TLSv1.2'],
    Ciphers: WIDE,
  },
  { SecurityPolicyId: 'tls_cipher_policy_1_1', TLSVersions: ['TLSv1.1', 'TLSv1.2'], Ciphers: WIDE },
  { SecurityPolicyId: 'tls_cipher_policy_1_2', TLSVersions: ['TLSv1.2'], Ciphers: WIDE },
  { SecurityPolicyId: 'tls_cipher_policy_1_2_strict', TLSVersions: ['TLSv1.2'], Ciphers: STRICT },
  {
    SecurityPolicyId: 'tls_cipher_policy_1_2_strict_with_1_3',
    TLSVersions: ['TLSv1.2', 'TLSv1.3'],
    Ciphers: [...TLS13, ...STRICT],
  },
];

export function securityPolicy(id: string): SecurityPolicy | undefined {
  return SYSTEM_SECURITY_POLICIES.find((policy) => policy.SecurityPolicyId === id);
}
