/**
 * Machines for crowds: they run no shell. User data that switches Ant Media Server into a cluster ends where it would
 * end, after the same simulated time; databases are addresses that anything in the VPC can reach.
 */
import { AMS_HOME } from './ams/files.ts';
import type { Machine } from './machine.ts';
import { MongoSession, MongoState } from './mongo/state.ts';
import { dial } from './world.ts';

/** Databases that lie outside the account, one for each VPC that asks. */
export interface OutsideDatabases {
  readonly host: string;
  readonly byVpc: Map<string, MongoState>;
}

/** Address of the database that quick machines find without anybody having made it. */
const OUTSIDE_DATABASE = '10.255.0.9';

export function outsideDatabases(): OutsideDatabases {
  return { host: OUTSIDE_DATABASE, byVpc: new Map() };
}

/** A session on an outside database, if one of the hosts is that; it asks for no login. */
export function openOutside(from: Machine, hosts: readonly string[]): MongoSession | undefined {
  const { outside } = from.world;
  if (outside === undefined || !hosts.includes(outside.host)) return undefined;
  const { vpcId } = from.spec;
  const state = outside.byVpc.get(vpcId) ?? new MongoState();
  outside.byVpc.set(vpcId, state);
  return new MongoSession(state, false);
}

/** What the script of user data would leave behind: the server in cluster mode with the database that it names. */
export async function joinAtOnce(machine: Machine): Promise<void> {
  const { root, spec, ams } = machine;
  const script = spec.userData;
  const uri = /change_server_mode\.sh cluster '([^']+)'/.exec(script)?.[1];
  if (ams === undefined || uri === undefined) return;
  await ams.unit.stop();
  const red5 = `${AMS_HOME}/conf/red5.properties`;
  const jwt = /^JWT='?([^'\n]*)'?$/m.exec(script)?.[1] ?? '';
  const set = (text: string, key: string, value: string): string =>
    `${text.replace(new RegExp(`^${key.replaceAll('.', '\\.')}=.*\n`, 'm'), '')}${key}=${value}\n`;
  let text = root.read(red5) ?? '';
  text = set(text, 'clusterdb.host', uri);
  text = set(text, 'server.jwtServerSecretKey', jwt);
  text = set(text, 'server.jwtServerControlEnabled', 'true');
  root.write(red5, text);
  const container = `${AMS_HOME}/conf/jee-container.xml`;
  root.write(
    container,
    (root.read(container) ?? '').replace('<!-- cluster start\n', '<!-- cluster start -->\n'),
  );
  const marker = /^MARKER='(.*)'$/m.exec(script)?.[1];
  const file = />webapps\/root\/(\S+)/.exec(script)?.[1];
  if (marker !== undefined && file !== undefined)
    root.write(`${AMS_HOME}/webapps/root/${file}`, `${marker}\n`);
  await ams.unit.start();
}

/** Answers the two questions that are put to nodes: which edition, and whether ports of another are open. */
export function answerAtOnce(machine: Machine, script: string): { exitCode: number; output: string } {
  const ports = [...script.matchAll(/\/dev\/tcp\/([\d.]+)\/(\d+)/g)];
  if (ports.length > 0) {
    const answers = ports.map(([, host = '', port = '']) => {
      const isOpen = dial(machine, host, Number(port)).state === 'open';
      return `port-${isOpen ? 'open' : 'closed'}-${port}\n`;
    });
    return { exitCode: 0, output: answers.join('') };
  }
  const { amsVersion = '', amsEdition = '' } = machine.spec;
  if (script.includes('/rest/v2/version'))
    return {
      exitCode: 0,
      output: JSON.stringify({ versionName: amsVersion, versionType: amsEdition }),
    };
  return { exitCode: 127, output: 'This machine runs no shell.\n' };
}
