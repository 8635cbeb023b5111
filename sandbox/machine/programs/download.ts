import { request } from 'node:http';

import type { Machine } from '../machine.ts';
import { complain, type Call, type Program } from '../program.ts';
import { dial } from '../world.ts';
import { readInput } from './tools.ts';

/** What came of a request made from a machine. */
type Fetched =
  | {
      readonly state: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      readonly body: Buffer;
    }
  | NoAnswer<'refused'>
  | NoAnswer<'timeout'>
  | NoAnswer<'unresolved'>;

/** No connection came about. */
interface NoAnswer<State> {
  readonly state: State;
  readonly host: string;
  readonly port: number;
}

interface Asked {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

const SIGNING_KEY =
  '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEZSimulatedMongoDB8ReleaseSigningKey\n-----END PGP PUBLIC KEY BLOCK-----\n';

function ok(body: string, status = 200): Fetched {
  return { state: 'answered', status, headers: { 'content-type': 'text/plain' }, body: Buffer.from(body) };
}

/** Metadata of the instance at 100.100.100.200. */
function metadata(machine: Machine, path: string): Fetched {
  const { spec } = machine;
  const entries: Readonly<Record<string, string | undefined>> = {
    'instance-id': spec.instanceId,
    'private-ipv4': spec.privateIp,
    eipv4: spec.publicIp,
    'public-ipv4': spec.publicIp,
    'region-id': spec.regionId,
    'vpc-id': spec.vpcId,
    hostname: spec.hostName,
    'image-id': spec.imageId,
    'instance/instance-name': spec.instanceName,
  };
  if (path === '/latest/user-data')
    return spec.userData === '' ? ok('404 - Not Found', 404) : ok(spec.userData);
  if (path === '/latest/api/token') return ok('c2FuZGJveC10b2tlbg');
  const key = path.replace(/^\/latest\/meta-data\/?/, '');
  if (key === '') return ok(Object.keys(entries).join('\n'));
  const value = entries[key];
  return value === undefined ? ok('404 - Not Found', 404) : ok(value);
}

async function fetchFrom(machine: Machine, asked: Asked): Promise<Fetched> {
  const { url } = asked;
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  if (url.hostname === '100.100.100.200') return metadata(machine, url.pathname);
  const nothing = (state: 'refused' | 'timeout' | 'unresolved'): Fetched => ({
    state,
    host: url.hostname,
    port,
  });
  if (url.pathname.endsWith('/install_mongodb.sh') || /(^|\.)mongodb\.(org|com)$/.test(url.hostname)) {
    if (machine.fault('install:no-network')) return nothing('unresolved');
    await machine.world.clock.sleep(machine.fault('install:slow-network') ? 120_000 : 500);
    if (!url.pathname.endsWith('/install_mongodb.sh'))
      return url.pathname.endsWith('.asc') ? ok(SIGNING_KEY) : ok('Not Found', 404);
    return ok(
      machine.world.installScript + (machine.fault('install:script-changed') ? '# a later commit\n' : ''),
    );
  }
  const way = dial(machine, url.hostname, port);
  if (way.state !== 'open') return nothing(way.state);
  const real = port === 5080 ? way.machine.httpPort() : undefined;
  if (real === undefined) return nothing('refused');
  return ask(asked, real, way.fromIp);
}

/** The real HTTP request to a node's web server, which is told the simulated peer. */
function ask(asked: Asked, port: number, fromIp: string): Promise<Fetched> {
  return new Promise((resolve) => {
    const refused = (): void => resolve({ state: 'refused', host: asked.url.hostname, port: 5080 });
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method: asked.method,
        path: asked.url.pathname + asked.url.search,
        headers: { host: asked.url.host, ...asked.headers, 'x-simulated-peer': fromIp },
        agent: false,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', refused);
        answer.on('end', () =>
          resolve({
            state: 'answered',
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    outgoing.on('error', refused);
    outgoing.end(asked.body);
  });
}

function parsed(word: string): URL | undefined {
  try {
    return new URL(/^\w+:\/\//.test(word) ? word : `http://${word}`);
  } catch {
    return undefined;
  }
}

/** `wget [-q] [-O FILE|-] [-P DIR] [-T S] [-t N] URL`. */
export const wget: Program = async (call, machine) => {
  const words: string[] = [];
  let file: string | undefined;
  let folder = '';
  let quiet = false;
  for (let i = 0; i < call.argv.length; i += 1) {
    const word = call.argv[i] ?? '';
    if (word === '-O' || word === '--output-document' || word === '-qO') file = call.argv[(i += 1)];
    else if (/^-q?O./.test(word)) file = word.replace(/^-q?O/, '');
    else if (word.startsWith('--output-document=')) file = word.slice(18);
    else if (word === '-P') folder = `${call.argv[(i += 1)] ?? ''}/`;
    else if (/^-(T|t|w|U)$/.test(word)) i += 1;
    else if (!word.startsWith('-')) words.push(word);
    if (/^-\w*q|^--quiet$/.test(word)) quiet = true;
  }
  const url = parsed(words[0] ?? '');
  if (url === undefined || words.length === 0) return complain(call, 1, 'wget: missing URL');
  const target = file ?? `${folder}${url.pathname.split('/').pop() || 'index.html'}`;
  const got = await fetchFrom(machine, { url, method: 'GET', headers: {}, body: undefined });
  if (got.state === 'unresolved')
    return complain(call, 4, `wget: unable to resolve host address ‘${got.host}’`);
  if (got.state === 'refused' || got.state === 'timeout') {
    if (got.state === 'timeout') await machine.world.clock.sleep(machine.world.durations.connectTimeoutMs);
    return quiet
      ? 4
      : complain(
          call,
          4,
          `Connecting to ${got.host}:${got.port}... failed: Connection ${got.state === 'timeout' ? 'timed out' : 'refused'}.`,
        );
  }
  if (got.status >= 400) return quiet ? 8 : complain(call, 8, `ERROR ${got.status}: Not Found.`);
  return (
    save(call, machine, target, got.body) ??
    (quiet ? 0 : complain(call, 0, `‘${target}’ saved [${got.body.length}/${got.body.length}]`))
  );
};

function save(call: Call, machine: Machine, target: string, body: Buffer): number | undefined {
  if (target === '-') {
    call.out(body.toString('utf8'));
    return undefined;
  }
  if (target === '/dev/null') return undefined;
  if (machine.fault('install:disk-full') && target.startsWith('/var'))
    return complain(call, 3, `${target}: No space left on device`);
  machine.root.write(machine.root.strip(machine.root.real(target, call.cwd)), body);
  return undefined;
}

const CURL_VALUES =
  /^(-o|--output|-X|--request|-H|--header|-d|--data|--data-raw|--data-binary|-m|--max-time|--connect-timeout|--retry|--retry-delay|-w|--write-out|-A|-u|--user|-b|-c|--cookie|--cookie-jar|--resolve)$/;

interface CurlOptions {
  readonly values: readonly (readonly [string, string])[];
  readonly flags: string;
  readonly long: ReadonlySet<string>;
  readonly url: string | undefined;
}

function curlOptions(argv: readonly string[]): CurlOptions {
  const values: [string, string][] = [];
  const long = new Set<string>();
  let flags = '';
  let url: string | undefined;
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i] ?? '';
    const bundled = /^-([a-zA-Z]+)([oXHdmwubc])$/.exec(word);
    if (CURL_VALUES.test(word)) values.push([word, argv[(i += 1)] ?? '']);
    else if (bundled !== null) {
      flags += bundled[1] ?? '';
      values.push([`-${bundled[2]}`, argv[(i += 1)] ?? '']);
    } else if (/^-[mXHodw]./.test(word)) values.push([word.slice(0, 2), word.slice(2)]);
    else if (word.startsWith('--')) long.add(word);
    else if (word.startsWith('-')) flags += word.slice(1);
    else url = word;
  }
  return { values, flags, long, url };
}

/** `curl`, the options scripts use. */
export const curl: Program = async (call, machine) => {
  const options = curlOptions(call.argv);
  const value = (...names: string[]): string | undefined =>
    options.values.findLast(([name]) => names.includes(name))?.[1];
  const on = (letter: string, word: string): boolean =>
    options.flags.includes(letter) || options.long.has(word);
  const url = parsed(options.url ?? '');
  if (url === undefined || options.url === undefined)
    return complain(call, 2, "curl: try 'curl --help' or 'curl --manual' for more information");
  const headers: Record<string, string> = {};
  for (const [name, text] of options.values)
    if (name === '-H' || name === '--header')
      headers[(text.split(':')[0] ?? '').trim().toLowerCase()] = text.slice(text.indexOf(':') + 1).trim();
  const cookie = value('-b', '--cookie');
  if (cookie?.includes('=')) headers['cookie'] = cookie;
  const data = value('-d', '--data', '--data-raw', '--data-binary');
  const body =
    data === undefined
      ? undefined
      : data.startsWith('@')
        ? await readInput(call, machine, data.slice(1))
        : Buffer.from(data);
  if (body !== undefined && headers['content-type'] === undefined)
    headers['content-type'] = 'application/x-www-form-urlencoded';
  const method =
    value('-X', '--request') ?? (on('I', '--head') ? 'HEAD' : body === undefined ? 'GET' : 'POST');
  const got = await fetchFrom(machine, { url, method, headers, body });

  const loud = !on('s', '--silent') || on('S', '--show-error');
  const fail = (code: number, text: string): number => {
    const format = value('-w', '--write-out');
    if (format !== undefined) call.out(format.replaceAll('%{http_code}', '000').replaceAll('\\n', '\n'));
    return loud ? complain(call, code, `curl: (${code}) ${text}`) : code;
  };
  if (got.state === 'unresolved') return fail(6, `Could not resolve host: ${got.host}`);
  if (got.state === 'refused')
    return fail(7, `Failed to connect to ${got.host} port ${got.port} after 0 ms: Connection refused`);
  if (got.state === 'timeout') {
    const seconds = Number(value('--connect-timeout') ?? value('-m', '--max-time') ?? 130);
    await machine.world.clock.sleep(seconds * 1_000);
    return fail(28, `Connection timed out after ${seconds * 1_000} milliseconds`);
  }
  if (on('f', '--fail') && got.status >= 400)
    return fail(22, `The requested URL returned error: ${got.status}`);
  const target =
    value('-o', '--output') ?? (options.flags.includes('O') ? url.pathname.split('/').pop() : '-');
  const head = `HTTP/1.1 ${got.status}\r\n${Object.entries(got.headers)
    .map(([name, text]) => `${name}: ${String(text)}\r\n`)
    .join('')}\r\n`;
  const shown =
    on('i', '--include') || method === 'HEAD' ? Buffer.concat([Buffer.from(head), got.body]) : got.body;
  save(call, machine, target ?? '-', shown);
  const format = value('-w', '--write-out');
  if (format !== undefined)
    call.out(
      format
        .replaceAll('%{http_code}', String(got.status))
        .replaceAll('%{response_code}', String(got.status))
        .replaceAll('\\n', '\n'),
    );
  return 0;
};
