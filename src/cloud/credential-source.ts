import type { OIDCRoleArnCredentialsProvider } from '@alicloud/credentials';
import { defaultOf } from './calling/sdk-clients.ts';

/** Static keys of an account, or of an assumed role with its token. */
export interface StaticCredentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string | undefined;
}

/** Where the clients' identity comes from. */
export interface CredentialSource {
  /** Grows when the identity must be asked for anew; clients of an older generation are dropped. */
  readonly generation: number;
  /** The part of a client's configuration that says who we are. */
  get(): Promise<Readonly<Record<string, unknown>>>;
  /** Forgets what the chain of providers has settled on. */
  renew(): void;
}

/** How often the chain may be built anew at most: a wrong key must not rebuild every client at each call. */
const RENEW_EVERY_MS = 5_000;

/** The given keys, else the role of the pod (OIDC), else the SDK's own chain (profile files, instance role, URI). */
export function credentialSource(given: StaticCredentials | undefined): CredentialSource {
  let generation = 0;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let chain: Promise<unknown> | undefined;
  /** The one that had credentials last. */
  let working: unknown;
  return {
    get generation() {
      return generation;
    },
    async get() {
      if (given) {
        const { accessKeyId, accessKeySecret, securityToken } = given;
        return { accessKeyId, accessKeySecret, ...(securityToken === undefined ? {} : { securityToken }) };
      }
      chain ??= newChain().catch((error: unknown) => {
        // Where the network is away nobody gives new ones, while what was given before may hold for hours.
        if (working === undefined) throw error;
        return working;
      });
      chain.catch(() => (chain = undefined));
      working = await chain;
      return { credential: working };
    },
    renew() {
      if (given || performance.now() < renewedAt + RENEW_EVERY_MS) return;
      renewedAt = performance.now();
      chain = undefined;
      generation += 1;
    },
  };
}

async function newChain(): Promise<unknown> {
  const credentials = await import('@alicloud/credentials');
  const Credential = defaultOf(credentials.default) as new (
    config?: null,
    provider?: object,
  ) => {
    getCredential(): Promise<unknown>;
  };
  const role = ofPod(credentials.OIDCRoleArnCredentialsProvider);
  const chain = role ? new Credential(null, role) : new Credential();
  try {
    await chain.getCredential();
  } catch (error) {
    if (role && isUnanswered(error)) throw error;
    // The chain tells only in words that no provider had anything.
    throw Object.assign(new Error('no provider has credentials'), { code: 'InvalidCredentials' });
  }
  return chain;
}

/**
 * The role that a pod was given (OIDC), where the environment names one. It is the only one then: the chain would hand
 * its place to that of the Kubernetes node while STS does not answer, and keep to it.
 */
function ofPod(
  Provider: Pick<typeof OIDCRoleArnCredentialsProvider, 'builder'>,
): OIDCRoleArnCredentialsProvider | undefined {
  try {
    return Provider.builder().build();
  } catch {
    return undefined;
  }
}

/** STS could not be reached, which passes; a token file that is not there does not. */
function isUnanswered(error: unknown): boolean {
  const { name, code, path } = error as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly path?: unknown;
  };
  return name === 'RequestTimeoutError' || (typeof code === 'string' && path === undefined);
}
