import { randomUUID } from 'node:crypto';

import type { Machine } from '../machine.ts';
import { openSession } from '../mongo/connect.ts';
import type { MongoSession } from '../mongo/state.ts';
import { parseMongoUri } from '../mongo/uri.ts';
import { TaskUnit } from '../units.ts';
import { AMS_HOME, appNames, isCommunity } from './files.ts';
import { openWeb, type Web } from './web.ts';

/** Ant Media Server of one machine. */
export interface Ams {
  readonly unit: TaskUnit;
  /** `cluster` only when the service runs with a database it reached. */
  mode(): 'standalone' | 'cluster';
  apps(): readonly string[];
  httpPort(): number | undefined;
  openPorts(): readonly number[];
  property(name: string): string;
  /** A database session in cluster mode; throws when the database is out of reach. */
  database(): MongoSession;
  nodeId(): string;
  powerOff(): void;
  close(): Promise<void>;
}

/** Shortest real pauses: a strongly shortened clock must not keep the process busy. */
const LEAST_REAL_MS = 25;

/** Makes the antmedia unit of a machine, enabled and not started. */
export function createAms(machine: Machine): Ams {
  const { durations, clock, waits } = machine.world;
  const instanceId = randomUUID();
  let turn = 0;
  let starts = 0;
  let running: 'standalone' | 'cluster' = 'standalone';
  let web: Web | undefined;
  let starting = (): void => undefined;
  const closing = new Set<Promise<void>>();

  const log = (text: string): void => {
    unit.journal.push(text);
    if (!machine.gone)
      machine.root.append(`${AMS_HOME}/log/ant-media-server.log`, `${clock.now().toISOString()} ${text}\n`);
  };
  const property = (name: string): string =>
    new RegExp(`^${name.replaceAll('.', '\\.')}=(.*)$`, 'm')
      .exec(machine.root.read(`${AMS_HOME}/conf/red5.properties`) ?? '')?.[1]
      ?.trim() ?? '';
  const clustered = (): boolean =>
    property('clusterdb.host') !== '' &&
    (machine.root.read(`${AMS_HOME}/conf/jee-container.xml`) ?? '').includes('<!-- cluster start -->') &&
    !machine.fault('staysStandalone') &&
    !isCommunity(machine);
  const database = (): MongoSession => {
    const host = property('clusterdb.host');
    // Whatever else it is, the service takes it for a Redis, and there is none.
    if (!/^(mongo.*|localhost|\d+\.\d+\.\d+\.\d+)$/.test(host))
      throw new Error(`no Redis answers at ${host}`);
    const uri = parseMongoUri(host.startsWith('mongo') ? host : `mongodb://${host}`);
    const user = property('clusterdb.user');
    return openSession(
      machine,
      user === '' ? uri : { ...uri, user, password: property('clusterdb.password') },
    );
  };

  const down = (): void => {
    turn += 1;
    starting();
    if (web === undefined) return;
    const last = web.close();
    web = undefined;
    closing.add(last);
    void last.then(() => closing.delete(last));
    machine.changed();
  };
  const crash = (why: string): void => {
    log(`ERROR ${why}`);
    down();
    unit.set('activating', 'auto-restart');
    unit.result = 'exit-code';
    unit.exitCode = 1;
    const mine = turn;
    machine.later(durations.amsRestartMs, () => void (mine === turn && begin()));
  };
  const serve = async (mode: 'standalone' | 'cluster', mine: number): Promise<void> => {
    const opened = await openWeb(machine, ams);
    starting();
    if (mine !== turn) return opened.close();
    web = opened;
    running = mode;
    unit.set('active', 'running');
    log(`INFO Ant Media Server ${machine.spec.amsVersion ?? ''} started in ${mode} mode`);
    machine.changed();
    if (mode !== 'cluster') return undefined;
    const listed = waits.begin('first heartbeat', machine.spec.instanceId);
    machine.later(durations.heartbeatMs, () => {
      listed();
      beat(mine);
    });
    return undefined;
  };
  const beat = (mine: number): void => {
    if (mine !== turn) return;
    const stopped = machine.fault('missingFromNodeList') || machine.fault('heartbeatStops');
    const registered = !machine.fault('missingFromNodeList');
    try {
      const session = database();
      const known = session.find('clusterdb', 'clusternode', { id: ams.nodeId() }).length > 0;
      if (!stopped || (registered && !known))
        session.update(
          'clusterdb',
          'clusternode',
          { id: ams.nodeId() },
          {
            $set: {
              ip: machine.spec.privateIp,
              lastUpdateTime: clock.now().getTime(),
              memory: '31%',
              cpu: `${3 + (mine % 5)}%`,
              dbQueryAveargeTimeMs: 2,
            },
          },
          { many: false, upsert: true },
        );
    } catch (error) {
      log(`WARN heartbeat: ${String(error)}`);
    }
    machine.later(Math.max(durations.heartbeatMs, LEAST_REAL_MS / clock.scale), () => beat(mine));
  };
  const begin = (): void => {
    const mine = (turn += 1);
    starts += 1;
    starting = waits.begin('antmedia', machine.spec.instanceId);
    const wait = starts === 1 ? durations.amsFirstStartMs : durations.amsStartMs;
    const mode = clustered() ? 'cluster' : 'standalone';
    if (machine.fault('crashLoops')) {
      machine.later(
        3_000,
        () => void (mine === turn && crash('java.lang.OutOfMemoryError: Java heap space')),
      );
      return;
    }
    machine.later(mode === 'cluster' ? wait * 0.7 : wait, () => {
      if (mine !== turn) return;
      if (mode === 'standalone') return void serve(mode, mine);
      try {
        database().command('clusterdb', { listCollections: 1 });
      } catch (error) {
        log(`WARN com.mongodb: ${String(error)}`);
        machine.later(
          durations.amsDatabaseTimeoutMs,
          () => void (mine === turn && crash("Error creating bean with name 'tomcat.cluster'")),
        );
        return;
      }
      machine.later(wait * 0.3, () => void (mine === turn && serve(mode, mine)));
    });
  };

  const unit = new TaskUnit('antmedia.service', 'Ant Media Server', true, {
    async start(self) {
      if (self.state === 'activating') down();
      self.set('active', 'running');
      begin();
      return true;
    },
    async stop(self) {
      const wasServing = web !== undefined;
      self.set('deactivating', 'stop-sigterm');
      down();
      if (wasServing) await clock.sleep(durations.amsStopMs);
      self.set('inactive', 'dead');
    },
  });
  const ams: Ams = {
    unit,
    mode: () => running,
    apps: () => appNames(machine),
    httpPort: () => web?.port,
    openPorts: () =>
      web === undefined
        ? []
        : [5080, 1935, ...(machine.fault('nodePortClosed') || running !== 'cluster' ? [] : [5000])],
    property,
    database,
    nodeId: () => `${instanceId}${machine.spec.privateIp}`,
    powerOff: down,
    async close() {
      down();
      await Promise.all(closing);
    },
  };
  return ams;
}
