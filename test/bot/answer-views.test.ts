import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/bot/commands/list.ts';
import { looking } from '../../src/bot/views/answers.ts';
import { commandHelp, helpView } from '../../src/bot/views/help.ts';
import {
  clustersView,
  flightView,
  historyView,
  operationsView,
  problemView,
} from '../../src/bot/views/lists.ts';
import { noteView } from '../../src/bot/views/note.ts';
import { operationView } from '../../src/bot/views/operation.ts';
import { adminOfferView } from '../../src/bot/views/password.ts';
import { statusView } from '../../src/bot/views/status.ts';
import { EVIL, NOW, fine, operation, options, outcome, problem, seen, status } from './samples.ts';

describe('answers', () => {
  it('are announced in words that stay true once they are there', () => {
    expect(looking('live').text).toBe('Asked how live is: the answer comes as a message of its own.');
    expect(looking(undefined).text).toMatch(/^Asked which clusters there are: /);
  });

  it('tell which regions could not be read', () => {
    const one = { cluster: 'live', regionId: 'eu-central-1' };

    expect(fine(clustersView([], ['us-west-1']))).toMatch(/found no clusters.*us-west-1 could not be read/);
    expect(fine(clustersView([one], ['us-west-1']))).toMatch(/1 cluster.*us-west-1 could not be read/);
    expect(fine(clustersView([one]))).not.toContain('could not be read');
  });

  it('tell a cluster at a glance', () => {
    const text = fine(
      statusView(status({ health: 'attention', findings: ['1 edge node is not in the node list'] })),
    );

    expect(text).toContain('live is working, with something to look at');
    expect(text).toContain('*1 of 2 serving*');
    expect(text).toContain('unhealthy behind the load balancer, not in the node list');
    expect(text).toContain('12 days left');
  });

  it('draw the CPU of the last hours, and say what could not be read', () => {
    const [origin, edge] = status().groups;
    if (!origin || !edge) throw new Error('sample without groups');
    const cpu = [5, 40, 40, 99, 60].map((percent, index) => ({ at: NOW + index * 300_000, percent }));
    const text = fine(
      statusView(
        status({ groups: [origin, { ...edge, cpu }], database: undefined, unread: ['database'], drift: [] }),
      ),
    );

    expect(text).toContain(
      '*CPU of edge nodes, last 20 min*\\n`▁▄▄█▅` 60 % now, 99 % at most, scales to hold 60 %',
    );
    expect(text).toContain('*MongoDB*\\n:white_circle: could not be read');
    expect(text).toContain('nothing differs');
    expect(text).not.toContain('CPU of origin');
  });

  describe('of what could not be read', () => {
    const unseen = status().groups.map((group) => ({
      ...group,
      exists: false,
      serving: 0,
      desired: 0,
      nodes: [],
    }));
    const listeners = [80, 443].map((port) => ({
      port,
      protocol: 'HTTP',
      role: 'origin' as const,
      exists: false,
      state: 'unknown',
      leadsRight: true,
    }));
    const NOT_READ = ':white_circle: could not be read';

    it('call no group missing or empty', () => {
      const groups = [unseen[0], status().groups[1]].flatMap((one) => one ?? []);
      const shown = statusView(status({ health: 'unknown', groups, unread: ['origin group'] }));
      const text = fine(shown);

      expect(shown.text).toBe('live could not be judged (edge 1/2).');
      expect(text).toContain(`*Origin*\\n${NOT_READ}`);
      expect(text).toContain(`*Origin scaling group*  ${NOT_READ}`);
      expect(text).not.toMatch(/missing|0 of|origin 0/);
    });

    it('call no listener missing', () => {
      const text = fine(statusView(status({ listeners, unread: ['listeners'] })));

      expect(text).toContain('*Load balancer*\\n:white_circle: Active, its listeners could not be read');
      expect(text).toContain(`*Listeners*  ${NOT_READ}`);
      expect(text).not.toMatch(/missing|0 of/);
    });

    it('call neither load balancer nor database missing, nor what hangs on them', () => {
      const unread = ['load balancer', 'database', 'origin group', 'edge group'];
      const nothing = { groups: unseen, listeners, loadBalancer: undefined, database: undefined };
      const shown = statusView(status({ health: 'unknown', ...nothing, certificate: undefined, unread }));
      const text = fine(shown);

      expect(shown.text).toBe('live could not be judged.');
      for (const part of ['Load balancer', 'Listeners', 'MongoDB', 'Edge scaling group'])
        expect(text).toContain(`*${part}*  ${NOT_READ}`);
      expect(text).toContain(`*Certificate*\\n${NOT_READ}`);
      expect(text).not.toMatch(/missing|none|0 of/);
    });

    it('still call missing what was looked for and is not there', () => {
      const nothing = { groups: unseen, listeners, loadBalancer: undefined, database: undefined };
      const text = fine(statusView(status({ health: 'bad', ...nothing, certificate: undefined })));

      for (const part of ['Load balancer', 'MongoDB', 'Edge scaling group'])
        expect(text).toContain(`*${part}*  :x: missing`);
      expect(text).toContain('443 is missing');
    });
  });

  it('list a repair that found nothing to do as one that is well', () => {
    const problem = {
      code: 'nothing_differs',
      message: 'Nothing of live differs.',
      hint: '',
      retryable: false,
    };
    const wish = { kind: 'repair', options: {} } as const;

    const well = fine(operationsView([operation('refused', { wish, problems: [problem] })], undefined));
    const refused = fine(
      operationsView(
        [operation('refused', { wish, problems: [{ ...problem, code: 'no_cluster' }] })],
        undefined,
      ),
    );

    expect(well).toContain(':white_check_mark: `op-7k3m9q2x`  *Repair cluster live*  nothing differed');
    expect(refused).toContain(':x: `op-7k3m9q2x`  *Repair cluster live*  refused');
  });

  it('call it no trouble that what was approved came true before it started', () => {
    const wish = { kind: 'scale', role: 'edge', amount: { set: 2 }, withLimits: false } as const;
    const problem = {
      code: 'already_so',
      message: 'The edge group of live has 2 nodes already.',
      hint: 'Nothing was started.',
      retryable: false,
    };
    const decisions = [{ user: 'U0BOB00001', verdict: 'approve', at: NOW } as const];

    const before = fine(operationView(seen('refused', { wish, problems: [problem] }), options));
    const after = fine(operationView(seen('refused', { wish, problems: [problem], decisions }), options));

    expect(before).toContain('Cannot scale');
    expect(after).toContain(
      ':white_check_mark: The edge group of live has 2 nodes already. See `/ams status live`.',
    );
    expect(after).not.toMatch(/Cannot|:x:|nothing was created/);
  });

  it('keep within what Slack takes with hundreds of nodes', () => {
    const [origin, edge] = status().groups;
    const node = edge?.nodes[0];
    if (!origin || !edge || !node) throw new Error('sample without groups');

    fine(
      statusView(status({ groups: [origin, { ...edge, nodes: Array.from({ length: 400 }, () => node) }] })),
    );
    fine(
      clustersView(
        Array.from({ length: 500 }, () => ({
          cluster: 'live',
          regionId: 'eu-central-1',
          originNodes: 1,
          edgeNodes: 2,
          operation: 'op-1',
        })),
      ),
    );
    fine(clustersView([]));
    fine(
      operationsView(
        Array.from({ length: 200 }, () => operation('running')),
        'live',
      ),
    );
    fine(operationsView([], undefined));
    fine(
      historyView(
        Array.from({ length: 200 }, () => ({
          at: NOW,
          operation: 'op-1',
          cluster: 'live',
          kind: 'create',
          event: 'approved',
          user: 'U1',
          digest: 'abc',
          detail: EVIL,
        })),
        undefined,
      ),
    );
    fine(
      flightView('live', {
        ok: false,
        publishUrl: 'https://a/',
        playUrl: 'https://b/',
        checks: [{ what: 'TLS', ok: false, detail: EVIL }],
      }),
    );
    fine(problemView({ ...problem, near: 'live' }, (near) => `/ams status ${near}`));
    fine(adminOfferView(operation('succeeded', { outcome }), false));
    fine(helpView(COMMANDS, ['live']));
    fine(helpView(COMMANDS, []));
    for (const command of COMMANDS) fine(commandHelp(command, command.examples));
  });

  it('let nobody be called by addresses made of the tag of a domain', () => {
    const evil = `https://${EVIL}/`;
    const urls = { publishUrl: evil, playUrl: evil, panelUrl: evil };

    const flight = fine(flightView('live', { ok: true, ...urls, checks: [] }));
    const end = fine(operationView(seen('succeeded', { outcome: { ...outcome, ...urls } }), options));

    expect(flight).not.toContain('<!channel>');
    expect(end).not.toContain('<!channel>');
  });

  it('call the approvers by a reply, since changing a message notifies nobody', () => {
    const note = noteView(seen('awaiting-approval'), 'ask');

    expect(note && fine(note)).toContain('<@U0BOB00001>');
    expect(noteView(seen('running'), 'ask')).toBeUndefined();
  });
});

it('keeps an entry of the history in one line, so that nothing that somebody wrote passes for another one', () => {
  const entry = {
    at: NOW,
    operation: 'op-1',
    cluster: 'live',
    kind: 'create',
    event: 'rejected',
    user: 'U1',
  };
  const detail = 'too large\n*live*  destroy approved by the boss  `op-2`\r\n';

  const { blocks } = historyView(
    [
      { ...entry, detail },
      { ...entry, detail: ' \n' },
    ],
    undefined,
  );

  const rows = blocks.flatMap((block) =>
    block.type === 'section' ? (block.text?.text ?? '').split('\n') : [],
  );
  expect(rows).toHaveLength(3);
  expect(rows[1]).toMatch(/_too large \*live\* destroy approved by the boss `op-2`_$/);
  expect(rows[2]).toMatch(/`op-1`$/);
});
