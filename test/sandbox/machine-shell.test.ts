import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Guest } from '../../sandbox/contract.ts';
import type { OpenMachineRoom } from '../../sandbox/machine/room.ts';
import { openWorld, until } from './machine-world.ts';

describe('a machine runs real bash in a world of its own', () => {
  let room: OpenMachineRoom;
  let guest: Guest;
  const run = async (script: string): Promise<{ exitCode: number; output: string }> =>
    guest.run(script, 20_000);

  beforeAll(async () => {
    const world = await openWorld();
    room = world.room;
    guest = room.boot(
      world.spec({
        userData:
          '#!/bin/bash\nset -eu\necho "hello from $(hostname)"\necho made > /var/lib/made-by-user-data\n',
      }),
    );
    await until('cloud-init done', async () => (await run('cloud-init status')).output.includes('done'));
  });
  afterAll(() => room.close());

  it('keeps the real machine out of reach and shows plain paths', async () => {
    const { output } = await run(
      'echo x > /etc/ams-sandbox-proof; ls /etc/ams-sandbox-proof; pwd; cd /var/lib && pwd; command -v systemctl',
    );

    expect(output).toBe('/etc/ams-sandbox-proof\n/root\n/var/lib\n/usr/bin/systemctl\n');
    expect(existsSync('/etc/ams-sandbox-proof')).toBe(false);
  });

  it('ran its user data once and kept the output', async () => {
    const { output } = await run('cat /var/lib/made-by-user-data /var/log/cloud-init-output.log');

    expect(output).toMatch(/^made\nhello from machine1\n/);
  });

  it('answers systemctl with the exit codes of systemd', async () => {
    expect(await run('systemctl is-active ssh')).toEqual({ exitCode: 0, output: 'active\n' });
    expect(await run('systemctl is-active mongod')).toEqual({ exitCode: 3, output: 'inactive\n' });
    expect((await run('systemctl restart mongod')).exitCode).toBe(5);
    expect((await run('mongosh --quiet --eval 1')).exitCode).toBe(127);
  });

  it('runs transient units apart from the caller', async () => {
    const started = await run(
      "systemd-run --unit=ams-job --collect -- /bin/bash -c 'sleep 20; echo done > /tmp/job; exit 0'; systemctl is-active ams-job",
    );
    await until('the unit ended', async () => (await run('cat /tmp/job')).output === 'done\n');

    expect(started.output).toContain('Running as unit: ams-job.service\nactive\n');
    expect((await run('systemctl show ams-job -p LoadState --value')).output).toBe('not-found\n');
  });

  it('keeps the result of a failed transient unit', async () => {
    await run("systemd-run --unit=bad bash -c 'exit 7'");
    await until('the unit failed', async () => (await run('systemctl is-failed bad')).exitCode === 0);

    expect((await run('systemctl show bad -p Result,ExecMainStatus')).output).toBe(
      'Result=exit-code\nExecMainStatus=7\n',
    );
  });

  it('survives scripts written, encoded and piped', async () => {
    const script = Buffer.from('#!/bin/bash\nls /etc/hostname\n').toString('base64');
    const { output } = await run(
      `echo ${script} | base64 -d > /tmp/a.sh; chmod +x /tmp/a.sh; /tmp/a.sh; cat > /tmp/b.sh <<'EOF'\n#!/bin/sh\ncat /etc/hostname\nEOF\nsh /tmp/b.sh; sha256sum /tmp/a.sh | cut -c1-8; printf 'one\\ntwo\\n' | while read -r w; do systemctl is-active ssh; echo "$w"; done`,
    );

    expect(output.split('\n')).toEqual([
      '/etc/hostname',
      'machine1',
      expect.stringMatching(/^[0-9a-f]{8}$/),
      'active',
      'one',
      'active',
      'two',
      '',
    ]);
  });

  it('opens /dev/tcp through the simulated network', async () => {
    expect((await run('(exec 3<>/dev/tcp/127.0.0.1/22) && echo open')).output).toBe('open\n');
    expect(
      (await run('timeout 5 bash -c "</dev/tcp/10.0.1.11/27017" 2>/dev/null || echo closed')).output,
    ).toBe('closed\n');
  });

  it('tells its metadata', async () => {
    expect((await run('curl -s http://100.100.100.200/latest/meta-data/private-ipv4')).output).toBe(
      '10.0.1.11',
    );
  });
});
