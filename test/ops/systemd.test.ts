import { describe, expect, it } from 'vitest';
import { read, section } from '../docs/markdown.ts';

const unit = read('deploy/ams-chatops@.service');
const told = section(read('docs/deployment.md'), '#### As services');

/** Values of a setting, in their order. */
function all(name: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map((match) => match[1] ?? '');
}

describe('the unit for systemd', () => {
  it('starts the role that it is named after, as Docker does', () => {
    expect(all('ExecStart')).toEqual(['/usr/bin/env node dist/product/main.js %i']);
    expect(read('deploy/Dockerfile')).toContain('ENTRYPOINT ["node", "dist/product/main.js"]');
  });

  it('stops as the program expects it, and gives it the time that it takes', () => {
    const numbers = ['GRACE_MS', 'CLOSING_MS'].map((name) =>
      Number(
        new RegExp(`^const ${name} = ([\\d_]+);`, 'm').exec(read('src/main.ts'))?.[1]?.replaceAll('_', ''),
      ),
    );
    const seconds = numbers.reduce((sum, each) => sum + each, 0) / 1_000;

    expect(all('KillSignal')).toEqual(['SIGTERM']);
    expect(all('Restart')).toEqual(['always']);
    expect(Number(all('TimeoutStopSec')[0])).toBeGreaterThanOrEqual(seconds + 10);
  });

  it('lies where docs/deployment.md puts it, with the files and the user that are made there', () => {
    expect(told).toContain('sudo cp deploy/ams-chatops@.service /etc/systemd/system/');
    expect(told).toContain(`sudo install -m 600 .env ${all('EnvironmentFile')[0]}`);
    expect(told).toContain(`${all('WorkingDirectory')[0]}\n`);
    expect(told).toMatch(new RegExp(`^ {4}sudo useradd .* ${all('User')[0]}$`, 'm'));
    for (const role of ['bot', 'worker']) expect(told).toContain(`ams-chatops@${role}`);
  });

  it('may do little beyond its work; the JIT of Node needs memory that is written and run', () => {
    for (const name of [
      'NoNewPrivileges',
      'PrivateTmp',
      'PrivateDevices',
      'ProtectHome',
      'RestrictNamespaces',
    ])
      expect(all(name), name).toEqual(['yes']);
    expect(all('ProtectSystem')).toEqual(['strict']);
    expect(all('CapabilityBoundingSet')).toEqual(['']);
    expect(unit).not.toContain('MemoryDenyWriteExecute');
  });

  it('lets V8 ask for memory protection keys, which it does at every start, and kills for no call', () => {
    expect(all('SystemCallFilter')).toEqual(['@system-service @pkey']);
    expect(all('SystemCallErrorNumber')).toEqual(['EPERM']);
  });
});
