import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { post } from '../../sandbox/slack/delivery/post.ts';
import { percentile } from '../stats.ts';
import type { Acknowledged } from './acknowledged.ts';

/** Takes a request, looks at nothing and answers. */
const SERVER = `const server = require('node:http').createServer((request, response) => {
  request.resume().on('end', () => response.end());
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;

/** How soon this machine answers a request at all: the same pace and the same client, to a server that does nothing. */
export async function bareAnswers(aSecond: number, seconds: number): Promise<Acknowledged> {
  const child = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const url = `http://127.0.0.1:${String(port).trim()}/`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const startedAt = performance.now();
  const times: number[] = [];
  for (let nth = 0; nth < seconds * aSecond; nth += 1) {
    await setTimeout(Math.max(0, startedAt + (nth * 1_000) / aSecond - performance.now()));
    times.push((await post(url, { body: 'text=status+live', headers }, 3_000)).ms);
  }
  child.kill('SIGKILL');
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), most: Math.max(...times), lost: 0 };
}
