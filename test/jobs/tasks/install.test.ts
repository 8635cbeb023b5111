import { describe, expect, it } from 'vitest';
import type { HostShell } from '../../../src/jobs/tasks/database/host.ts';
import { isInstalling, startInstall } from '../../../src/jobs/tasks/database/install.ts';

const script = { url: 'https://mirror.example.com/install_mongodb.sh', sha256: 'a'.repeat(64) };
const NOTHING = ['', 0] as const;

/** A host, and the commands that it was given. @param says output and exit code of those that begin so */
function host(says: Readonly<Record<string, readonly [stdout: string, code: number]>>) {
  const commands: string[] = [];
  const shell: HostShell = {
    async run(command) {
      commands.push(command);
      const known = Object.entries(says).find(([start]) => command.startsWith(start));
      const [stdout, code] = known?.[1] ?? NOTHING;
      return { code, stdout, stderr: '' };
    },
  };
  return { shell, commands };
}

describe('the start of the installer', () => {
  it('prepares the host in one command, once the script is seen to be the one that was checked', async () => {
    const { shell, commands } = host({
      lsb_release: ['22.04\n', 0],
      sha256sum: [`${script.sha256}  /root/install_mongodb.sh\n`, 0],
    });

    await startInstall(shell, script);

    const words = commands.map((command) => command.split(' ')[0]);
    expect(words).toEqual(['lsb_release', 'wget', 'sha256sum', 'chmod', 'systemd-run']);
    expect(commands[3]).toMatch(/99-ams-lock; .*99-ams\.conf; .*mongo_credentials.*; systemctl reset-failed/);
  });

  it('leaves the script no key ring of an earlier run, which it would not write anew', async () => {
    const { shell, commands } = host({
      lsb_release: ['22.04\n', 0],
      sha256sum: [`${script.sha256}  /root/install_mongodb.sh\n`, 0],
    });

    await startInstall(shell, script);

    const removal = 'rm -f /usr/share/keyrings/mongodb-server-*.gpg;';
    expect(commands.findIndex((command) => command.includes(removal))).toBe(3);
    expect(commands[4]).toMatch(/^systemd-run /);
  });

  it('runs no other script, and makes none of them a program', async () => {
    const { shell, commands } = host({ lsb_release: ['22.04\n', 0], sha256sum: ['b'.repeat(64), 0] });

    await expect(startInstall(shell, script)).rejects.toMatchObject({ code: 'installer_changed' });

    expect(commands.join('\n')).not.toMatch(/chmod|systemd-run/);
    expect(commands.at(-1)).toBe('rm -f /root/install_mongodb.sh');
  });
});

describe('whether the installer runs', () => {
  it.each([
    ['in its unit', 'active\n', 1, true],
    ['in its unit, which is starting', 'activating\n', 1, true],
    ['in no unit, by the number of its process', 'inactive\n', 0, true],
    ['not at all', 'inactive\n', 1, false],
    ['not any more', 'failed\n', 1, false],
  ])('%s', async (_how, stdout, code, is) => {
    expect(await isInstalling(host({ systemctl: [stdout, code] }).shell)).toBe(is);
  });
});
