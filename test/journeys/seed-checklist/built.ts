import { vi } from 'vitest';
import { PEOPLE } from '../../../sandbox/world.ts';
import { holdingsOf } from '../../support/holdings.ts';
import { offers, openTown } from '../../support/town.ts';
import type { Town } from '../../support/town.ts';

/** One cluster, made once, that every row of the checklist looks at. */
export interface Built {
  readonly town: Town;
  readonly cluster: string;
  readonly domain: string;
  readonly own: ReturnType<typeof holdingsOf>;
  /** The plan and the last message as a person read them, each on one line. */
  readonly planned: string;
  readonly done: string;
  /** Calls that the making took, in order. */
  readonly calls: Town['world']['alibaba']['cloud']['requests'];
  /** Names of the steps in the order in which they ended. */
  readonly steps: readonly string[];
  /** The e-mail and password that the requester alone was shown. */
  readonly admin: { readonly email: string; readonly password: string };
  /** What a command would do, as shown by `/ams plan`. */
  plan(command: string): Promise<string>;
  /** The private refusal of a command. */
  refusal(command: string): Promise<string>;
}

const OPTIONS =
  '--region eu-central-1 --zones eu-central-1a,eu-central-1b --origin 1 --edge 2 --bandwidth 50';

/** Time-outs of the load balancer run forty times faster, so that a minute of silence can be waited for. */
export const MS_PER_SECOND = 25;

const PATIENCE = { timeout: 20_000, interval: 20 };

/** Opens a town and makes the cluster as people do: typed with options, planned, approved. */
export async function build(): Promise<Built> {
  const town = await openTown({
    idle: true,
    plane: { msPerSecond: MS_PER_SECOND },
    settings: { nodes: { licenceKey: 'env:AMS_LICENCE', stunServer: 'stun:stun.example.net:3478' } },
  });
  town.env['AMS_LICENCE'] = 'licence-of-the-test';
  await town.start();
  const { slack, alibaba } = town.world;
  const cluster = 'live';
  const plan = await town.plan(`create-cluster ${cluster} ${OPTIONS}`);
  const planned = oneLine(slack.render(plan));
  if (!offers(plan, 'Approve')) throw new Error(planned);
  const end = await town.approve(plan);
  const done = oneLine(slack.render(end));
  if (!end.text.startsWith('Done'))
    throw new Error(`${done}\n${town.products[0]?.output.slice(-20).join('\n')}`);
  const calls = [...alibaba.cloud.requests];
  const steps = town.products
    .flatMap((product) => product.output)
    .flatMap((line) => (line.includes('"step done"') ? [/"step":"([^"]+)"/.exec(line)?.[1] ?? ''] : []));
  return {
    town,
    cluster,
    domain: 'live.live.example.com',
    own: holdingsOf(town.world, cluster),
    planned,
    done,
    calls,
    steps,
    admin: await revealAdmin(town),
    async plan(command) {
      await town.dana.command(`plan ${command}`, { channel: town.channel });
      return oneLine(slack.render(await town.next((message) => /^(Plan: |Cannot )/.test(message.text))));
    },
    async refusal(command) {
      const before = slack.ephemerals(PEOPLE.requester, town.channel).length;
      await town.dana.command(command, { channel: town.channel });
      return vi.waitUntil(() => {
        const [first] = slack.ephemerals(PEOPLE.requester, town.channel).slice(before);
        return first && oneLine(slack.render(first));
      }, PATIENCE);
    },
  };
}

async function revealAdmin(town: Town): Promise<Built['admin']> {
  const offer = await town.world.slack.waitForMessage(
    (message) => JSON.stringify(message.blocks ?? []).includes('Show the password'),
    { timeoutMs: 30_000 },
  );
  await town.dana.click(offer, 'Show the password, once');
  const admin = await vi.waitUntil(() => {
    const shown = JSON.stringify(town.dana.openView() ?? '');
    const [email, password] = [/E-mail: `([^`]+)`/.exec(shown)?.[1], /Password: `([^`]+)`/.exec(shown)?.[1]];
    return email === undefined || password === undefined ? undefined : { email, password };
  }, PATIENCE);
  town.dana.closeView({ all: true });
  return admin;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
