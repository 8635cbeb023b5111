import { complain, say, type Program } from '../program.ts';
import { dial } from '../world.ts';
import { lockHolder } from './apt.ts';

/** `ss -ltn`, with an optional `sport = :PORT` filter. */
export const ss: Program = (call, machine) => {
  const all = call.argv.join(' ');
  const port = /sport\s*=?=?\s*:?(\d+)/.exec(all)?.[1];
  const flags = call.argv.filter((word) => /^-[a-zA-Z]+$/.test(word)).join('');
  if (!flags.includes('H') && !all.includes('--no-header'))
    call.out('State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n');
  for (const listener of machine.listeners()) {
    if (port !== undefined && listener.port !== Number(port)) continue;
    for (const address of listener.addresses)
      call.out(
        `LISTEN 0 4096 ${address}:${listener.port} 0.0.0.0:*${flags.includes('p') ? ` users:(("${listener.program}",pid=${1200 + (listener.port % 97)},fd=9))` : ''}\n`,
      );
  }
  return 0;
};

/** `nc -z [-w SECONDS] HOST PORT`. */
export const nc: Program = async (call, machine) => {
  const words = call.argv.filter(
    (word, index) => !word.startsWith('-') && call.argv[index - 1] !== '-w' && call.argv[index - 1] !== '-G',
  );
  const [host = '', port = ''] = words;
  const seconds = Number(/-\w*w\s*(\d+)/.exec(call.argv.join(' '))?.[1] ?? 60);
  const verbose = call.argv.some((word) => /^-\w*v/.test(word));
  const way = dial(machine, host, Number(port));
  if (way.state === 'open')
    return verbose ? complain(call, 0, `Connection to ${host} ${port} port [tcp/*] succeeded!`) : 0;
  if (way.state === 'unresolved')
    return complain(call, 1, `nc: getaddrinfo for host "${host}" port ${port}: Name or service not known`);
  if (way.state === 'timeout') await machine.world.clock.sleep(seconds * 1_000);
  if (!verbose) return 1;
  return complain(
    call,
    1,
    `nc: connect to ${host} port ${port} (tcp) failed: Connection ${way.state === 'timeout' ? 'timed out' : 'refused'}`,
  );
};

/** What bash's /dev/tcp is led to: a loopback port that answers, or one that refuses. */
export const dialProgram: Program = async (call, machine) => {
  const [host = '', port = ''] = (call.argv[0] ?? '').split('/');
  const way = dial(machine, host, Number(port));
  if (way.state === 'timeout') await machine.world.clock.sleep(machine.world.durations.connectTimeoutMs);
  call.out(`/dev/tcp/127.0.0.1/${way.state === 'open' ? machine.world.controlPort : 1}`);
  return 0;
};

/** `hostname`, `hostname -I`, `hostnamectl`. */
export const hostname: Program = (call, machine) => {
  if (call.argv.some((word) => /^(-I|-i|--all-ip-addresses|--ip-address)$/.test(word)))
    return say(call, `${machine.spec.privateIp} `);
  return say(call, machine.spec.hostName);
};

/** `ip addr`, `ip route`. */
export const ip: Program = (call, machine) => {
  const address = machine.spec.privateIp;
  const words = call.argv.filter((word) => !word.startsWith('-'));
  if (words[0]?.startsWith('r') === true) {
    if (words[1] === 'get')
      return say(
        call,
        `${words[2] ?? '8.8.8.8'} via ${gateway(address)} dev eth0 src ${address} uid 0`,
        '    cache',
      );
    return say(call, `default via ${gateway(address)} dev eth0 proto dhcp src ${address} metric 100`);
  }
  if (call.argv.some((word) => /^-(br|brief|o)$/.test(word)))
    return say(
      call,
      ...(call.argv.includes('-o')
        ? [
            `1: lo    inet 127.0.0.1/8 scope host lo`,
            `2: eth0    inet ${address}/24 brd ${address} scope global dynamic eth0`,
          ]
        : ['lo               UNKNOWN        127.0.0.1/8', `eth0             UP             ${address}/24`]),
    );
  return say(
    call,
    '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000',
    '    inet 127.0.0.1/8 scope host lo',
    '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000',
    `    inet ${address}/24 metric 100 brd ${gateway(address)} scope global dynamic eth0`,
  );
};

function gateway(address: string): string {
  return address.replace(/\.\d+$/, '.253');
}

/** `ifconfig`. */
export const ifconfig: Program = (call, machine) =>
  say(
    call,
    'eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500',
    `        inet ${machine.spec.privateIp}  netmask 255.255.255.0`,
    '',
    'lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536',
    '        inet 127.0.0.1  netmask 255.0.0.0',
  );

/** `ping -c`: answered by machines that have power. */
export const ping: Program = async (call, machine) => {
  const host = call.argv.findLast((word) => /^\d+\.\d+\.\d+\.\d+$|^[a-z]/i.test(word)) ?? '';
  const target = machine.world.network()?.instanceAt(machine.spec.vpcId, host);
  const up = target !== undefined && machine.world.machine(target)?.powered === true;
  if (up) return say(call, `64 bytes from ${host}: icmp_seq=1 ttl=64 time=0.2 ms`);
  await machine.world.clock.sleep(1_000);
  return say(call, '1 packets transmitted, 0 received, 100% packet loss, time 0ms') + 1;
};

/** `getent hosts NAME`. */
export const getent: Program = (call, machine) => {
  const [database, name = ''] = call.argv;
  if ((database === 'hosts' || database === 'ahostsv4') && name === machine.spec.hostName)
    return say(call, `${machine.spec.privateIp}  ${name}`);
  return database === 'passwd' && name === 'root' ? say(call, 'root:x:0:0:root:/root:/bin/bash') : 2;
};

/** `fuser PATH...`, `lsof PATH`: who holds the package manager's locks. */
export const fuser: Program = (call, machine) => {
  let found = 1;
  for (const path of call.argv.filter((word) => word.startsWith('/'))) {
    const pid = lockHolder(machine, path);
    if (pid === undefined) continue;
    found = 0;
    if (call.program === 'lsof')
      call.out(`${call.argv.includes('-t') ? pid : `apt-get ${pid} root 4uW REG 252,3 0 ${path}`}\n`);
    else {
      call.err(`${path}: `);
      call.out(` ${pid}`);
      call.err('\n');
    }
  }
  return found;
};
