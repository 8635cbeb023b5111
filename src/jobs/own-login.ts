import { reserveSshKeyPair, takeSshKeyPair } from '../cloud/ssh/keys.ts';
import type { KeyPairText } from '../cloud/ssh/keys.ts';
import type { StepContext } from './resource.ts';

type Place = Pick<StepContext, 'cluster' | 'secrets'>;

/** Whether {@link ownLogin} gives one without waiting; it is in the making until then. */
export async function isLoginReady({ cluster, secrets }: Place): Promise<boolean> {
  return (await secrets.get(cluster, 'ssh-key')) !== undefined || reserveSshKeyPair(cluster);
}

/** The SSH login of a cluster whose key pair is ours, stored encrypted before anybody uses it. */
export async function ownLogin({ cluster, secrets }: Place): Promise<KeyPairText> {
  const keys = await secrets.getOrMake(cluster, ['ssh-key', 'ssh-public-key'], async () => {
    const made = await takeSshKeyPair(cluster);
    return { 'ssh-key': made.privateKey, 'ssh-public-key': made.publicKey };
  });
  return { privateKey: keys['ssh-key'], publicKey: keys['ssh-public-key'] };
}
