import { afterEach, expect, it, vi } from 'vitest';
import { KeptSessions } from '../../src/cloud/ssh/kept-sessions.ts';
import { newSshKeyPair } from '../../src/cloud/ssh.ts';
import { sshServer, wayTo } from '../support/ssh-server.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function start(options: ConstructorParameters<typeof KeptSessions>[0] = {}) {
  const server = await sshServer();
  const sessions = new KeptSessions(options);
  closing.push(sessions.close.bind(sessions), server.close);
  return { server, sessions, way: wayTo(server.port) };
}

it('logs in once for visits that come one after another', async () => {
  const { server, sessions, way } = await start();

  for (let visit = 0; visit < 3; visit += 1) {
    const session = await sessions.open(way);
    expect(await session.run('cat', { stdin: String(visit) })).toMatchObject({ stdout: String(visit) });
    session.close();
  }

  expect({ logins: server.logins, open: server.open }).toEqual({ logins: 1, open: 1 });
});

it('gives each of two visits at one time a session of its own', async () => {
  const { server, sessions, way } = await start();

  const both = await Promise.all([sessions.open(way), sessions.open(way)]);
  both.forEach((session) => session.close());
  (await sessions.open(way)).close();

  expect(server.logins).toBe(2);
});

it('logs in anew with another key, as another user and to another place', async () => {
  const { server, sessions, way } = await start();
  const { server: other, way: elsewhere } = await start();
  (await sessions.open(way)).close();

  const { privateKey } = await newSshKeyPair();
  await expect(sessions.open({ ...way, privateKey })).rejects.toMatchObject({ kind: 'auth' });
  (await sessions.open({ ...way, user: 'admin' })).close();
  (await sessions.open({ ...way, connect: elsewhere.connect })).close();

  expect([server.logins, other.logins]).toEqual([2, 1]);
});

it('logs in anew where the connection broke meanwhile', async () => {
  const { server, sessions, way } = await start();
  (await sessions.open(way)).close();

  server.cut();
  await vi.waitUntil(() => server.open === 0);
  // The news has to reach this side too.
  await new Promise((soon) => setTimeout(soon, 50));
  const session = await sessions.open(way);

  expect(await session.run('echo')).toMatchObject({ code: 3 });
  expect(server.logins).toBe(2);
});

it('keeps none that its visit was stopped in, nor one in which a command still runs or ran too long', async () => {
  const { server, sessions, way } = await start();
  const stopped = new AbortController();

  const first = await sessions.open({ ...way, signal: stopped.signal });
  const lost = expect(first.run('hang')).rejects.toMatchObject({ kind: 'lost' });
  stopped.abort();
  await lost;
  first.close();
  const second = await sessions.open(way);
  const cut = expect(second.run('hang')).rejects.toMatchObject({ kind: 'lost' });
  second.close();
  await cut;
  const third = await sessions.open(way);
  await expect(third.run('hang', { timeoutMs: 50 })).rejects.toMatchObject({ kind: 'timeout' });
  third.close();

  await vi.waitUntil(() => server.open === 0);
  expect(server.logins).toBe(3);
});

it.each(['refused', 'unended'])('keeps none in which a command was %s', async (command) => {
  const { server, sessions, way } = await start();

  const first = await sessions.open(way);
  await expect(first.run(command)).rejects.toMatchObject({ kind: 'lost' });
  first.close();
  const second = await sessions.open(way);

  expect(await second.run('echo')).toMatchObject({ code: 3 });
  expect(server.logins).toBe(2);
});

it('cuts nothing for a signal whose visit is over', async () => {
  const { server, sessions, way } = await start();
  const visit = new AbortController();
  (await sessions.open({ ...way, signal: visit.signal })).close();

  visit.abort();
  const session = await sessions.open(way);

  expect(await session.run('echo')).toMatchObject({ code: 3 });
  expect(server.logins).toBe(1);
});

it('closes what nobody has used for a while', async () => {
  const { server, sessions, way } = await start({ idleMs: 30 });

  (await sessions.open(way)).close();

  await vi.waitUntil(() => server.open === 0);
});

it('closes all at its end, those in use once they are given back', async () => {
  const { server, sessions, way } = await start();
  const [idle, used] = await Promise.all([sessions.open(way), sessions.open(way)]);
  idle.close();

  sessions.close();
  await vi.waitUntil(() => server.open === 1);
  expect(await used.run('echo')).toMatchObject({ code: 3 });
  used.close();

  await vi.waitUntil(() => server.open === 0);
});

it('keeps no more than twenty of them, and those that were used last', async () => {
  const { server, sessions, way } = await start();
  const users = Array.from({ length: 22 }, (_none, nth) => `user${nth}`);

  for (const user of users) (await sessions.open({ ...way, user })).close();
  await vi.waitUntil(() => server.open === 20);
  (await sessions.open({ ...way, user: 'user21' })).close();
  (await sessions.open({ ...way, user: 'user0' })).close();

  expect(server.logins).toBe(23);
});
