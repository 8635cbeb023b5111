import { afterAll, beforeAll, expect, it } from 'vitest';

import { openWorld, until } from './machine-world.ts';

let world: Awaited<ReturnType<typeof openWorld>>;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.room.close());

async function after(
  userData: string,
): Promise<(script: string) => Promise<{ exitCode: number; output: string }>> {
  const guest = world.room.boot(world.spec({ userData }));
  const run = (script: string): Promise<{ exitCode: number; output: string }> => guest.run(script, 20_000);
  await until('user data ended', async () => /done|error/.test((await run('cloud-init status')).output));
  return run;
}

it('cloud-config writes files, installs packages and runs commands in order', async () => {
  const script = Buffer.from('#!/bin/bash\necho "made by $1" >> /var/lib/made\n').toString('base64');
  const run = await after(`#cloud-config
write_files:
  - path: /usr/local/sbin/make
    permissions: '0755'
    encoding: b64
    content: ${script}
packages: [jq]
runcmd:
  - [/usr/local/sbin/make, "a list"]
  - /usr/local/sbin/make text; echo "limits $(ulimit -n | wc -l)"
`);

  expect((await run('cat /var/lib/made')).output).toBe('made by a list\nmade by text\n');
  expect((await run('stat -c %a /usr/local/sbin/make; dpkg -s jq | head -1')).output).toBe(
    '755\nPackage: jq\n',
  );
  expect((await run('cloud-init status --format json')).output).toContain('"status": "done"');
});

it('several parts of MIME user data run one after the other', async () => {
  const run = await after(
    [
      'Content-Type: multipart/mixed; boundary="==B=="',
      'MIME-Version: 1.0',
      '',
      '--==B==',
      'Content-Type: text/cloud-config',
      '',
      '#cloud-config\nwrite_files: [{path: /etc/part, content: one}]',
      '--==B==',
      'Content-Type: text/x-shellscript',
      '',
      '#!/bin/bash\necho -two >> /etc/part',
      '--==B==--',
    ].join('\n'),
  );

  expect((await run('cat /etc/part')).output).toBe('one-two\n');
});

it('a failing script is an error of cloud-init, with its output kept', async () => {
  const run = await after('#!/bin/bash\necho before; no-such-program; exit 4\n');

  expect(await run('cloud-init status --wait')).toEqual({ exitCode: 1, output: 'status: error\n' });
  expect((await run('cat /var/log/cloud-init-output.log')).output).toMatch(
    /before\n.*no-such-program: command not found\n/,
  );
});
