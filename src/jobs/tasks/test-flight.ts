import type { StepContext, VisitResult } from '../resource.ts';
import { task } from '../resource.ts';
import { patienceMs } from '../patience.ts';
import { ResourceBroken } from '../resource-errors.ts';
import { flyCluster } from '../status/fly.ts';

/** How long a failed check may settle (caches, first heartbeats, DNS of a new load balancer), unscaled. */
const SETTLE_MS = 120_000;

/** After a flight that some nodes failed so many in a row must go well: one may have met only the others. */
const SURE_FLIGHTS = 3;
/** Under this key: how many have to go well still. */
const NEEDED = 'needed';

/** Fetches what users will fetch, through the load balancer, and says in one sentence each what does not work. */
export const testFlight = task({
  kind: 'test-flight',
  actions: [
    'alb:ListLoadBalancers',
    'alb:ListListeners',
    'alb:ListServerGroups',
    'ecs:DescribeSecurityGroupAttribute',
    'ecs:DescribeLaunchTemplates',
    'ecs:DescribeLaunchTemplateVersions',
  ],
  typicalSeconds: 10,
  deadlineSeconds: 900,
  parts(spec) {
    return [
      {
        id: 'test-flight',
        needs: [
          'nodes-origin',
          'nodes-edge',
          'listener-80',
          'listener-443',
          'listener-5080',
          'listener-5443',
          'admin',
          ...(spec.dns === 'alidns' ? ['dns-record'] : []),
        ],
        title: `Test flight: publish on https://${spec.domain}/, play on https://${spec.domain}:5443/`,
      },
    ];
  },
  visit,
});

async function visit(ctx: StepContext): Promise<VisitResult> {
  const flight = await flyCluster(ctx);
  // What was cut short, since this worker is told to stop, tells nothing of the cluster: another one flies.
  if (ctx.signal.aborted) return { againMs: 1_000, why: 'the test flight is repeated' };
  if (flight.isUneven) await ctx.remember({ [NEEDED]: SURE_FLIGHTS });
  const needed = Number(ctx.memory[NEEDED] ?? 1);
  if (flight.ok && needed > 1) {
    await ctx.remember({ [NEEDED]: needed - 1 });
    return { againMs: 5_000, why: 'not all nodes served a moment ago: the test flight is repeated' };
  }
  if (flight.ok) {
    ctx.tell({
      domain: ctx.spec.domain,
      loadBalancerName: flight.cname.value,
      publishUrl: flight.publishUrl,
      playUrl: flight.playUrl,
      panelUrl: flight.panelUrl,
      cname: { ...flight.cname, made: ctx.spec.dns === 'alidns' },
      notes: flight.notes,
    });
    return { done: true, output: { publishUrl: flight.publishUrl, playUrl: flight.playUrl } };
  }
  const failed = flight.checks.filter((check) => !check.ok);
  const first = failed[0];
  const since = settlingSince(ctx);
  if (ctx.now() - since < patienceMs(SETTLE_MS, ctx.timeScale)) {
    if (ctx.memory['settling'] !== since) await ctx.remember({ settling: since });
    return { againMs: 5_000, why: first?.detail ?? 'the test flight is repeated' };
  }
  // A cloud that does not answer says nothing of the cluster: as in every step, it is asked again until the deadline.
  const [unread] = flight.unread;
  if (unread && flight.unread.length === failed.length) throw unread;
  const more =
    failed.length > 1
      ? ` (and ${failed.length - 1} more: ${failed
          .slice(1)
          .map((one) => one.what)
          .join(', ')})`
      : '';
  throw new ResourceBroken({
    code: 'test_flight_failed',
    message: `${first?.what ?? 'Test flight'}: ${first?.detail ?? 'failed'}${more}`,
    hint: 'Correct what is named, then press Retry; /ams test-fly shows every check.',
  });
}

/** A person who presses Retry starts the settling time again. */
function settlingSince({ memory, startedAt, now }: StepContext): number {
  const since = Number(memory['settling'] ?? 0);
  return since < startedAt ? now() : since;
}
