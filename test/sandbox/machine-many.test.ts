import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';

import { openWorld, until } from './machine-world.ts';

it('forty machines boot at once, reboot alone, and leave nothing behind', { timeout: 240_000 }, async () => {
  const { room, spec } = await openWorld({ publicIps: 64 });
  const userData =
    '#!/bin/bash\nfor i in 1 2 3; do systemctl is-active ssh; done\n./none || touch /usr/local/antmedia/webapps/root/ready.txt\n';
  const guests = Array.from({ length: 40 }, () =>
    room.boot(spec({ imageKind: 'ams', amsVersion: '3.0.3', amsEdition: 'Enterprise Edition', userData })),
  );
  await until('every node serves', () => guests.every((guest) => guest.httpPort() !== undefined));
  await until(
    'every user data ended',
    () => room.machines.every((machine) => machine.cloudInit.status === 'done'),
    20_000,
  );
  const first = room.machines[0];
  const base = dirname(first?.root.dir ?? '');

  await first?.run('echo x > /tmp/lost; echo y > /root/kept', 60_000);
  const before = first?.httpPort();
  room.reboot({ nth: 1 });
  expect(first?.httpPort()).toBeUndefined();
  await until('the node is back', () => first?.httpPort() !== undefined);
  expect(first?.httpPort()).not.toBe(before);
  expect((await first?.run('cat /root/kept; ls /tmp', 60_000))?.output).toBe('y\n');

  void first?.run('nohup bash -c "while :; do sleep 1; done" >/dev/null 2>&1 & sleep 1000', 60_000);
  await room.close();

  expect(existsSync(base)).toBe(false);
  const left = (): string[] =>
    readdirSync('/proc').filter((name) => {
      try {
        return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, 'latin1').includes(base);
      } catch {
        return false; // ended, or somebody else's
      }
    });
  await until('every process ended', () => left().length === 0);
});
