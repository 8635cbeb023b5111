import { setTimeout as sleep } from 'node:timers/promises';
import { createCloud } from '../../../src/cloud/cloud.ts';
import { kindsByName } from '../../../src/jobs/kinds.ts';
import { holdingsOf } from '../../support/holdings.ts';
import { offers, openTown } from '../../support/town.ts';
import type { Message, Town } from '../../support/town.ts';
import type { startCrew } from './crew.ts';
import type { OperationName } from './points.ts';
import { operationIn } from './record.ts';

/**
 * Real seconds per simulated second. Faster gains nothing: what is left of a run is the work of this computer and the
 * patience that the product has in real seconds.
 */
const TIME_SCALE = 0.003;
/** Ends a person's patience with one operation. */
const PATIENCE_MS = 240_000;
/** A person who sees nothing for so long types or presses again. */
const SILENCE_MS = 15_000;
const STOPPED_AT_MOST = 3;
const REFUSED = /^(Cannot|Nothing|The \w+ group)/;
/** A command refused because what it wants is so already. */
const STANDS =
  /exists already in|Nothing of live differs|nodes? already|There is no cluster|There is nothing of cluster/;

export const COMMANDS: Readonly<Record<OperationName, string>> = {
  create: 'create-cluster live --origin 1 --edge 1 --edge-min 1',
  scale: 'scale edge 2 live',
  repair: 'repair live',
  destroy: 'destroy-cluster live --confirm live',
};

export interface TownOptions {
  readonly program?: string | undefined;
  readonly onLine?: (line: string) => void;
  readonly timeScale?: number;
}

/** A town as fast as those for faults, whose steps wait no longer than usual. */
export function openFastTown(): Promise<Town> {
  return openTown({ timeScale: TIME_SCALE, idle: true });
}

/** A town for faults: nothing runs yet, a colleague has a key too, and steps have time for many faults in a row. */
export function openFaultyTown(options: TownOptions = {}): Promise<Town> {
  return openTown({
    timeScale: TIME_SCALE,
    idle: true,
    ...options,
    alibaba: {
      accessKeys: [
        { id: 'sandbox-key-id', secret: 'sandbox-key-secret' },
        { id: 'somebody-else', secret: 'somebody-elses-secret' },
      ],
    },
    settings: {
      deadlineMinutes: Object.fromEntries([...kindsByName().keys()].map((kind) => [kind, 1_440])),
    },
  });
}

/** What a colleague who does not know the bot did to the cluster, for a repair to find. */
export async function damage(town: Town): Promise<void> {
  const own = holdingsOf(town.world, 'live');
  const { alb, ess, ecs } = createCloud({
    endpoint: town.world.alibaba.url,
    credentials: { accessKeyId: 'somebody-else', accessKeySecret: 'somebody-elses-secret' },
  }).in('eu-central-1');
  const nodes = own.securityGroup('nodes').id;
  const listenerId = own.listener(443).id;
  await surely(() => alb.deleteListener(listenerId));
  await ess.deleteRule(own.scalingRule('edge').id);
  await ess.disableGroup(own.scalingGroup('origin').id);
  const rules = (await ecs.securityGroup(nodes))?.ingress ?? [];
  await ecs.revokeIngress(
    nodes,
    rules.filter((rule) => rule.portRange === '5000/5000'),
  );
  await ecs.authorizeIngress(nodes, [
    { protocol: 'TCP', portRange: '22/22', cidr: '0.0.0.0/0', policy: 'accept' },
  ]);
  await town.world.alibaba.cloud.settle();
}

/** As a person tries again who is told that another change is under way. */
async function surely(change: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await change();
      return;
    } catch (error) {
      if (tries > 200) throw error;
      await sleep(50);
    }
  }
}

/** How an operation ended, as the channel shows it. */
export interface End {
  readonly message: Message;
  /** Its record was lost on the way, or that it had begun, and it was refused since all is as it should be. */
  readonly stands?: boolean;
  /** What it said when it stopped on the way, before somebody pressed on. */
  readonly stops: readonly string[];
}

/**
 * One operation as people live it: type, approve what asks, carry on when it stopped; again whenever nothing comes
 * back, as it happens when the bot dies under the hand.
 * @throws Error with the channel's words when no end comes
 */
export async function live(
  town: Town,
  command: string,
  crew: Awaited<ReturnType<typeof startCrew>> | undefined,
  patienceMs = PATIENCE_MS,
): Promise<End> {
  const until = performance.now() + patienceMs;
  const { slack } = town.world;
  /** What the person can read: refusals of a plan are for who asked alone. */
  const readable = () =>
    [
      ...slack.messages(town.channel),
      ...slack.ephemerals(town.dana.id, town.channel).filter((one) => REFUSED.test(one.text)),
    ].toSorted((a, b) => Number(a.ts) - Number(b.ts));
  const before = new Set(readable().map((one) => one.ts));
  const stops: string[] = [];
  let lost = false;
  const asked = new Set<string>();
  let actedAt = 0;
  let acted = '';
  const act = async (what: string, work: () => Promise<unknown>) => {
    const now = performance.now();
    if (acted === what && now < actedAt + SILENCE_MS) return;
    [acted, actedAt] = [what, now];
    await work().catch(() => undefined);
  };
  while (performance.now() < until) {
    const news = readable().filter((one) => !before.has(one.ts) && (one.thread_ts ?? one.ts) === one.ts);
    const message = news.at(-1);
    if (message === undefined) {
      await act('type', async () => {
        const { acked } = await town.dana.command(command, { channel: town.channel });
        if (!acked) actedAt = performance.now() - SILENCE_MS + 500;
      });
    } else if (message.text.startsWith('Done')) return { message, stops };
    else if (message.text.startsWith('Lost')) {
      lost = true;
      stops.push(message.text);
      before.add(message.ts);
      acted = '';
    } else if (message.text.startsWith('Failed') || REFUSED.test(message.text)) {
      const words = slack.render(message).replace(/\s+/g, ' ');
      // That one began can be lost as well as all of it.
      if ((lost || asked.has(message.ts)) && STANDS.test(words)) return { message, stops, stands: true };
      if (stops.at(-1) !== words) stops.push(words);
      if (stops.length > STOPPED_AT_MOST) break;
      await act(`carry on ${stops.length}`, async () => {
        if (offers(message, 'Retry')) await town.alex.click(message, 'Retry');
        else {
          before.add(message.ts);
          await town.dana.command(command, { channel: town.channel });
        }
      });
    } else if (offers(message, 'Approve')) {
      asked.add(message.ts);
      crew?.watch(message);
      await act(`approve ${operationIn(message)}`, async () => {
        const { acked } = await town.alex.click(message, 'Approve');
        if (!acked) actedAt = performance.now() - SILENCE_MS + 500;
      });
    }
    await sleep(20);
  }
  throw new Error(`${command} came to no end:\n${town.world.slack.transcript(town.channel)}`);
}
