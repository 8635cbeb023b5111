import { describe, expect, it } from 'vitest';
import { programOf, watched } from '../../../src/jobs/tasks/database/watched-commands.ts';

describe('the name of a command', () => {
  it.each([
    ['mongosh --quiet mongodb://user:hunter2@host', 'mongosh'],
    ['systemctl is-active mongod', 'systemctl is-active'],
    ['systemctl --now enable', 'systemctl'],
    ['systemd-run --unit=x bash -c "secret"', 'systemd-run'],
    ['echo hunter2', 'echo'],
    ['fuser', 'fuser'],
    ['PASSWORD=hunter2 install', 'other'],
    ['password=hunter2 install', 'other'],
    ['hunter2;reboot', 'other'],
    ['/opt/hunter2/run', 'other'],
    ['', 'other'],
  ])('%s is %s', (command, name) => {
    expect(programOf(command)).toBe(name);
  });
});

describe('a command that is watched', () => {
  it('is told with its exit code, and its answer is untouched', async () => {
    const events: unknown[] = [];
    const answer = { code: 3, stdout: 'hunter2' };

    const given = await watched(
      (event) => events.push(event),
      'cat',
      async () => answer,
      ({ code }) => code,
    );

    expect(given).toBe(answer);
    expect(events).toEqual([{ program: 'cat', ms: expect.any(Number), exitCode: 3 }]);
  });

  it('is told when it throws, without what was said', async () => {
    const events: unknown[] = [];
    const run = watched(
      (event) => events.push(event),
      'cat',
      () => Promise.reject(new Error('hunter2')),
    );

    await expect(run).rejects.toThrow('hunter2');
    expect(events).toEqual([{ program: 'cat', ms: expect.any(Number), error: 'unexpected' }]);
  });
});
