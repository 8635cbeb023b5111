import ssh2 from 'ssh2';

/** An ed25519 key pair in OpenSSH's own format. */
export interface OpenSshKeyPair {
  readonly private: string;
  readonly public: string;
}

/**
 * A fresh ed25519 key pair. ssh2 drops a leading zero byte, so that nobody can read one in some 256 of those that it
 * makes, not even ssh2 itself: another one is made then.
 */
export function newKeyPair(): OpenSshKeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
