import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import { parseConnectTo } from '../../src/cloud/connect-to.ts';
import { newHostKey, newSshKeyPair } from '../../src/cloud/ssh.ts';
import type { SshOptions } from '../../src/cloud/ssh.ts';

export const login = await newSshKeyPair();
const host = newHostKey();

export interface SshServer {
  readonly port: number;
  readonly commands: readonly string[];
  readonly logins: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Ends all connections, as a machine that goes down does. */
  cut(): void;
  close(): void;
}

/** What a command comes to. */
export type Said = readonly [stdout: string, exitCode: number];

/**
 * An SSH server that lets `login` in and knows `echo`, `cat`, `die`, `hang`, `refused` and `unended`.
 * @param says what its commands come to instead
 */
export async function sshServer(says?: (command: string) => Said): Promise<SshServer> {
  const commands: string[] = [];
  const clients = new Set<ssh2.Connection>();
  let logins = 0;
  const allowed = ssh2.utils.parseKey(login.publicKey);
  if (allowed instanceof Error) throw allowed;
  const server = new ssh2.Server({ hostKeys: [host.privateKey] }, (client) => {
    clients.add(client);
    client.on('error', () => undefined);
    client.on('close', () => clients.delete(client));
    client.on('ready', () => (logins += 1));
    client.on('authentication', (attempt) => {
      const known = attempt.method === 'publickey' && attempt.key.data.equals(allowed.getPublicSSH());
      if (known) attempt.accept();
      else attempt.reject();
    });
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, reject, { command }) => {
        commands.push(command);
        if (command === 'refused') {
          reject();
          return;
        }
        const channel = acceptExec();
        if (says) {
          const [stdout, exitCode] = says(command);
          channel.write(stdout);
          channel.exit(exitCode);
          channel.end();
          return;
        }
        if (command === 'hang') return;
        if (command === 'unended') {
          channel.close();
          return;
        }
        if (command === 'die') {
          client.end();
          return;
        }
        if (command === 'cat') {
          let all = '';
          channel.on('data', (chunk: Buffer) => (all += chunk.toString()));
          channel.on('end', () => {
            channel.write(all);
            channel.exit(0);
            channel.end();
          });
          return;
        }
        channel.write('\u001B[31mout\u001B[0m\n');
        channel.stderr.write('err');
        channel.exit(3);
        channel.end();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    commands,
    get logins() {
      return logins;
    },
    get open() {
      return clients.size;
    },
    cut: () => clients.forEach((client) => client.end()),
    close: () => server.close(),
  };
}

/** The right way in, which the server believes to be at another address. */
export function wayTo(port: number): SshOptions {
  return {
    host: '10.0.0.9',
    port: 22,
    user: 'root',
    privateKey: login.privateKey,
    hostKey: host.publicKey,
    connect: parseConnectTo(`10.0.0.9:22:127.0.0.1:${port}`),
  };
}
