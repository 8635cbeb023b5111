import { AmsError } from '../../../cluster/errors.ts';
import type { HostShell } from './host.ts';
import { evaluate } from './mongo-shell.ts';
import type { MongoLogin } from './mongo-shell.ts';

const CONFIG = '/etc/mongod.conf';

/** The database host refuses a change of its configuration. */
class DatabaseRepairFailed extends AmsError {
  readonly code = 'database_repair_failed';

  constructor(what: string, said: string) {
    super(`${what}${said === '' ? '' : `: ${said}`}.`, {
      hint: 'Look at systemctl status mongod and /etc/mongod.conf on the database host, then press Retry.',
    });
  }
}

/** Authorization on, listening everywhere, started at boot; then a restart. The security group says who may come. */
export async function closeDatabase(shell: HostShell): Promise<void> {
  await configure(shell, 'enabled', '0.0.0.0');
}

/**
 * Gives the database a user of ours although nobody knows a working login: authorization is off for a moment, and only
 * the loopback address listens meanwhile. The login was stored before, so that being killed anywhere loses nothing.
 */
export async function resetUser(shell: HostShell, login: MongoLogin): Promise<void> {
  // Opened on an earlier visit, when mongod was not up again in time: a second restart would only repeat that.
  const opened = await shell.run(`grep -q '^ *authorization: disabled' ${CONFIG}`);
  if (opened.code !== 0) await configure(shell, 'disabled', '127.0.0.1');
  const user = JSON.stringify(login.user);
  const roles = "[{ role: 'root', db: 'admin' }]";
  const password = JSON.stringify(login.password);
  const set = await evaluate(
    shell,
    '127.0.0.1',
    undefined,
    `(function (admin) { return admin.getUser(${user}) ? admin.updateUser(${user}, { pwd: ${password}, roles: ${roles} }) : admin.createUser({ user: ${user}, pwd: ${password}, roles: ${roles} }) })(db.getSiblingDB('admin')) && 1`,
  );
  if (!set.ok && set.why === 'unreachable') return;
  if (!set.ok) {
    const said = set.text.replaceAll(login.password, '***');
    throw new DatabaseRepairFailed('The user of the database could not be set', said);
  }
  await closeDatabase(shell);
}

async function configure(
  shell: HostShell,
  authorization: 'enabled' | 'disabled',
  bindIp: string,
): Promise<void> {
  const steps = [
    `sed -i -E 's/^( *bindIp:).*/\\1 ${bindIp}/' ${CONFIG}`,
    `sed -i -E '/^#?security:/d;/^ +authorization:/d' ${CONFIG}`,
    `printf 'security:\\n  authorization: ${authorization}\\n' >>${CONFIG}`,
    'systemctl enable mongod',
    'systemctl restart mongod',
  ];
  for (const step of steps) {
    const { code, stderr } = await shell.run(step);
    if (code === 0) continue;
    const said = stderr.trim().split('\n').at(-1) ?? '';
    throw new DatabaseRepairFailed('The configuration of the database could not be changed', said);
  }
}
