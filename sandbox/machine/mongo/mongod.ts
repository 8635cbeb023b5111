import { parse } from 'yaml';

import type { Machine } from '../machine.ts';
import { TaskUnit } from '../units.ts';
import { MongoState } from './state.ts';

/** The mongod of a machine: what it stores, and how the running service was configured. */
export interface Mongod {
  readonly state: MongoState;
  readonly unit: TaskUnit;
  /** Addresses it listens on, empty while it is down. */
  addresses: readonly string[];
}

/** What the package writes: loopback only, no authorization. */
const PACKAGED_CONFIG = `# mongod.conf

# Where and how to store data.
storage:
  dbPath: /var/lib/mongodb

# where to write logging data.
systemLog:
  destination: file
  logAppend: true
  path: /var/log/mongodb/mongod.log

# network interfaces
net:
  port: 27017
  bindIp: 127.0.0.1

# how the process runs
processManagement:
  timeZoneInfo: /usr/share/zoneinfo

#security:

#operationProfiling:

#replication:
`;

interface MongodConfig {
  readonly net?: { readonly bindIp?: string; readonly bindIpAll?: boolean };
  readonly security?: { readonly authorization?: string };
}

/** Puts the mongod package on a machine: unit (disabled, stopped), configuration, data folder. */
export function installMongod(machine: Machine): Mongod {
  if (!machine.root.exists('/etc/mongod.conf')) machine.root.write('/etc/mongod.conf', PACKAGED_CONFIG);
  machine.root.mkdir('/var/lib/mongodb');
  machine.root.write(
    '/lib/systemd/system/mongod.service',
    '[Unit]\nDescription=MongoDB Database Server\n\n[Service]\nUser=mongodb\nExecStart=/usr/bin/mongod --config /etc/mongod.conf\n\n[Install]\nWantedBy=multi-user.target\n',
  );
  const unit = new TaskUnit('mongod.service', 'MongoDB Database Server', false, {
    start: (self) => start(machine, mongod, self),
    async stop(self) {
      mongod.addresses = [];
      self.set('inactive', 'dead');
    },
  });
  const mongod: Mongod = { state: new MongoState(), unit, addresses: [] };
  return mongod;
}

async function start(machine: Machine, mongod: Mongod, unit: TaskUnit): Promise<boolean> {
  const fail = (result: string, code: number, line: string): boolean => {
    unit.journal.push(line, `mongod.service: Failed with result '${result}'.`);
    unit.set('failed', 'failed');
    unit.result = result;
    unit.exitCode = code;
    return true; // Type=simple: the start job is done before the process dies
  };
  if (machine.fault('install:mongod-crash'))
    return fail('core-dump', 4, 'mongod.service: Main process exited, code=dumped, status=4/ILL');
  let config: MongodConfig;
  try {
    config = (parse(machine.root.read('/etc/mongod.conf') ?? '') ?? {}) as MongodConfig;
  } catch {
    return fail('exit-code', 2, 'Error parsing YAML config file: yaml-cpp: error');
  }

  if (machine.fault('install:credentials-lost')) machine.root.remove('/tmp/mongo_credentials.txt');
  unit.set('active', 'running');
  unit.journal.push('Started MongoDB Database Server.');
  const started = unit.pid;
  const open = machine.world.waits.begin('mongod', machine.spec.instanceId);
  machine.later(machine.world.durations.mongodStartMs, () => {
    open();
    if (unit.pid !== started) return;
    mongod.state.authorization = config.security?.authorization === 'enabled';
    const bound = config.net?.bindIpAll === true ? '0.0.0.0' : String(config.net?.bindIp ?? '127.0.0.1');
    mongod.addresses = machine.fault('mongodLoopbackOnly')
      ? ['127.0.0.1']
      : bound
          .split(',')
          .map((ip) => (ip.trim() === 'localhost' ? '127.0.0.1' : ip.trim() === '*' ? '0.0.0.0' : ip.trim()));
    machine.root.append(
      '/var/log/mongodb/mongod.log',
      '{"s":"I","c":"NETWORK","msg":"Waiting for connections","attr":{"port":27017,"ssl":"off"}}\n',
    );
    machine.changed();
  });
  return true;
}
