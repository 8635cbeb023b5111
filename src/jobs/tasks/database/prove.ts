import type { HostShell } from './host.ts';
import { evaluate, MongoshUnclear } from './mongo-shell.ts';
import type { MongoLogin } from './mongo-shell.ts';

/** What a proof of the database showed; `why` is a clause for people. */
export type Proof =
  | { readonly state: 'proven' }
  /** The login works; configuration or service need repair: loopback only, no authorization, not enabled. */
  | {
      readonly state: 'unfinished';
      readonly what: 'service' | 'binding' | 'authorization';
      readonly why: string;
    }
  | { readonly state: 'wrong-login' }
  | { readonly state: 'down'; readonly why: string };

const AUTHENTICATED =
  "db.getSiblingDB('admin').runCommand({ connectionStatus: 1 }).authInfo.authenticatedUsers.length";
const DATABASES = "db.getSiblingDB('admin').runCommand({ listDatabases: 1 }).databases.length";

/**
 * Proves that the database serves as nodes need it: service active and enabled, listening on all addresses or on the
 * private one, login from there accepted, and anything without login refused. The installer's exit status proves
 * nothing.
 * @throws MongoshMissing
 * @throws MongoshUnclear: what mends a wrong login stops the database, so that one must have been refused
 */
export async function prove(shell: HostShell, privateIp: string, login: MongoLogin): Promise<Proof> {
  const [active, sockets, enabled] = await Promise.all(
    ['systemctl is-active mongod', 'ss -ltnH sport = :27017', 'systemctl is-enabled mongod'].map(
      async (command) => (await shell.run(command)).stdout.trim(),
    ),
  );
  if (active !== 'active') return { state: 'down', why: `mongod is ${active || 'not there'}` };
  if (!sockets) return { state: 'down', why: 'mongod does not listen yet' };
  const wide = /(?:0\.0\.0\.0|\*|\[::\]):27017/.test(sockets) || sockets.includes(` ${privateIp}:27017 `);
  const [local, open] = await Promise.all([
    evaluate(shell, wide ? privateIp : '127.0.0.1', login, AUTHENTICATED),
    wide ? evaluate(shell, privateIp, undefined, DATABASES) : undefined,
  ]);
  const unclear = [local, open].find((answer) => answer?.ok === false && answer.why === 'error');
  if (unclear?.ok === false) throw new MongoshUnclear(unclear.text);
  if (!local.ok && local.why === 'unreachable') return { state: 'down', why: 'mongod does not answer yet' };
  if (!local.ok || local.value !== 1) return { state: 'wrong-login' };
  if (!open) {
    return { state: 'unfinished', what: 'binding', why: 'the database listens on the loopback address only' };
  }
  // Only a refusal proves that nobody gets in without a login.
  if (!open.ok && open.why === 'unreachable') return { state: 'down', why: 'mongod does not answer yet' };
  if (open.ok && open.value !== undefined) {
    return { state: 'unfinished', what: 'authorization', why: 'the database answers without a login' };
  }
  if (enabled !== 'enabled') {
    return { state: 'unfinished', what: 'service', why: 'mongod would not start after a reboot' };
  }
  return { state: 'proven' };
}
