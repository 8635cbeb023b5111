import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { tagsOf } from '../../support/holdings.ts';
import type { Built } from './built.ts';

/** Table B: the database instance and what it stands in. */
export function databaseInstance(built: () => Built): void {
  describe('B. the database', () => {
    it('B1 the account is asked who it is before anything else', () => {
      const { calls } = built();

      expect(calls[0]).toMatchObject({ product: 'STS', action: 'GetCallerIdentity', code: 'OK' });
      const firstWrite = calls.findIndex((call) => /^(Create|Run|Import|Upload)/.test(call.action));
      for (const asked of ['QueryAccountBalance', 'DescribeAccountAttributes', 'DescribeAvailableResource']) {
        const at = calls.findIndex((call) => call.action === asked);
        expect(at, asked).toBeGreaterThanOrEqual(0);
        expect(at, asked).toBeLessThan(firstWrite);
      }
    });

    it('B2 it is one instance, started by one call that carries a token and the tags', () => {
      const runs = built().calls.filter((call) => call.action === 'RunInstances');

      expect(runs).toHaveLength(1);
      expect(runs[0]?.params['ClientToken']).toMatch(/^[0-9a-f]{64}$/);
      expect(tagsOf(built().own.database().tags)).toMatchObject({
        'ams-cluster': 'live',
        'ams-resource': 'database',
      });
    });

    it('B3 it is paid as it goes; there is no way to ask for a subscription or a spot instance', async () => {
      const run = built().calls.find((call) => call.action === 'RunInstances');

      expect(run?.params['InstanceChargeType']).toBe('PostPaid');
      expect(run?.params['SpotStrategy'] ?? 'NoSpot').toBe('NoSpot');
      expect(await built().refusal('create-cluster other --mongo-billing PrePaid')).toContain(
        'mongo-billing',
      );
    });

    it('B4 its type has 2 vCPU and 8 GiB, and the next of the list takes its place where it is sold out', async () => {
      const { town, own, plan } = built();
      const { settings } = town.world.alibaba.cloud;
      expect(own.database().instanceType).toBe('ecs.g7.large');

      settings.soldOut = [{ instanceType: 'ecs.g7.large' }];
      const planned = await plan('create-cluster other');
      settings.soldOut = [];

      expect(planned).toMatch(/Database instance other-database, (ecs\.g8i\.large|ecs\.g6\.large)/);
      expect(await plan('create-cluster other --mongo-type ecs.g6.xlarge')).toContain('ecs.g6.xlarge');
    });

    it('B5 it runs the newest Ubuntu 22.04, looked up; 18.04 is refused', async () => {
      const { own, calls, refusal } = built();

      expect(own.database().imageId).toMatch(/^ubuntu_22_04_x64/);
      expect(calls.some((call) => call.action.startsWith('DescribeImage') && call.code === 'OK')).toBe(true);
      expect(await refusal('create-cluster other --ubuntu 18.04')).toMatch(/18\.04.*22\.04/);
    });

    it('B6 it has 40 GiB of ESSD that go with it', () => {
      const { own } = built();

      expect(own.disksOf(own.database().id)).toMatchObject([
        { type: 'system', category: 'cloud_essd', sizeGiB: 40, deleteWithInstance: true },
      ]);
    });

    it('B7 its VPC has a private block; a public one is refused', async () => {
      expect(built().own.vpc().cidrBlock).toBe('10.0.0.0/16');
      expect(await built().refusal('create-cluster other --cidr 8.8.8.0/16')).toMatch(/8\.8\.8\.0\/16/);
    });

    it('B8 two vSwitches of 256 addresses lie in different zones; a region of one zone is refused', async () => {
      const switches = built().own.vSwitches();

      expect(switches.map((one) => one.zoneId)).toEqual(['eu-central-1a', 'eu-central-1b']);
      for (const { cidrBlock, taken } of switches) {
        expect(cidrBlock).toMatch(/\/24$/);
        expect(256 - taken.size).toBeGreaterThan(8);
      }
      expect(await built().plan('create-cluster other --region me-central-1')).toMatch(
        /Cannot create cluster other.*zone/i,
      );
    });

    it('B9 database and nodes have a security group each', () => {
      const { own } = built();

      expect(own.securityGroup('database').id).not.toBe(own.securityGroup('nodes').id);
      expect(own.database().securityGroupIds).toEqual([own.securityGroup('database').id]);
    });

    it("B10 opens 27017 to the nodes' group only and 22 to the bot's address only", () => {
      const { own } = built();

      expect(own.rules('database')).toEqual([
        'TCP 22/22 from 198.51.100.10/32',
        'TCP 27017/27017 from live-security-group-nodes',
      ]);
      const toTheWorld = [...own.rules('database'), ...own.rules('nodes')].filter((rule) =>
        rule.includes('0.0.0.0/0'),
      );
      expect(toTheWorld).toEqual(['UDP 50000/60000 from 0.0.0.0/0']);
    });

    it('B11 its key pair is imported: the cloud never had the private half', () => {
      const { own, calls } = built();

      expect(own.keyPair().publicKey).toMatch(/^ssh-(rsa|ed25519) /);
      expect(own.database().keyPairName).toBe(own.keyPair().name);
      expect(calls.some((call) => call.action === 'CreateKeyPair')).toBe(false);
      const sent = calls.filter((call) => call.action === 'ImportKeyPair').map((call) => call.params);
      expect(JSON.stringify(sent)).not.toContain('PRIVATE KEY');
    });

    it('B12 it stands in the VPC with its group, its key and a private address that the nodes are told', () => {
      const { own } = built();
      const database = own.database();

      expect(database.vpcId).toBe(own.vpc().id);
      expect(database.privateIp).toMatch(/^10\.0\.0\.\d+$/);
      expect(own.userData('edge')).toContain(`@${database.privateIp}:27017/`);
    });

    it('B13 the very first SSH connection is checked: the host shows the key that it was born with', () => {
      const { own } = built();
      const born = Buffer.from(own.database().userData, 'base64').toString('utf8');
      const config = parse(born) as { ssh_keys: { ed25519_private: string; ed25519_public: string } };
      const shown = own.databaseMachine().root.read('/etc/ssh/ssh_host_ed25519_key.pub') ?? '';

      expect(born.startsWith('#cloud-config\n')).toBe(true);
      expect(shown.split(' ')[1]).toBe(config.ssh_keys.ed25519_public.split(' ')[1]);
      expect(own.databaseMachine().spec.loginUser).toBe('root');
    });

    it('B14 the installer is the one that was checked, byte for byte', async () => {
      const { town, own } = built();
      const { output } = await own.databaseMachine().run('sha256sum /root/install_mongodb.sh', 10_000);

      expect(output.slice(0, 64)).toBe(town.world.machines.sha256);
    });

    it('B15 it ran to its end apart from any SSH session', () => {
      const log = built().own.databaseMachine().root.read('/var/log/ams-mongo-install.log') ?? '';

      expect(log).toMatch(/^ams-install-ended 0$/m);
    });

    it('B16 it made a login once, and the file that it left the password in is gone', () => {
      const machine = built().own.databaseMachine();

      expect(machine.mongod?.state.users).toHaveLength(1);
      expect(machine.root.exists('/tmp/mongo_credentials.txt')).toBe(false);
      expect(machine.root.read('/var/log/ams-mongo-install.log')?.match(/ams-install-ended/g)).toHaveLength(
        1,
      );
    });

    it('B17 it is proven: enabled, on all addresses, open with the login and closed without', async () => {
      const { own } = built();
      const machine = own.databaseMachine();
      const uri = /mongodb:\/\/([^:]+):([^@]+)@/.exec(own.userData('origin'));
      const count = (login: string) =>
        machine.run(
          `mongosh --quiet --host ${machine.spec.privateIp} ${login} --eval "db.adminCommand({listDatabases:1}).ok"`,
          20_000,
        );

      expect(machine.units.get('mongod.service')).toMatchObject({ state: 'active', enabled: true });
      expect(machine.mongod?.addresses).toContain('0.0.0.0');
      expect(machine.mongod?.state.authorization).toBe(true);
      const login = `-u '${uri?.[1]}' -p '${uri?.[2]}' --authenticationDatabase admin`;
      expect((await count(login)).exitCode).toBe(0);
      expect((await count('')).exitCode).not.toBe(0);
    });

    it('B18 nodes get its private address as a full mongodb:// address, never a bare or public one', () => {
      const { own } = built();
      const { privateIp, publicIp } = own.database();
      const script = own.userData('origin');

      expect(script).toMatch(new RegExp(`'mongodb://[^:]+:[^@]+@${privateIp}:27017/\\?authSource=admin'`));
      expect(script.includes(publicIp ?? 'no address')).toBe(false);
    });

    it('B19 it may open 65535 files and start as many processes', () => {
      const limits = built().own.databaseMachine().root.read('/etc/security/limits.d/99-ams.conf') ?? '';

      expect(limits).toMatch(/mongodb .*nofile 65535/);
      expect(limits).toMatch(/mongodb .*nproc 65535/);
    });

    it('B20 an address of an existing database is taken instead: then no instance is planned', async () => {
      const planned = await built().plan('create-cluster other --mongo-uri mongodb://10.9.9.9:27017/');

      expect(planned).toContain('Plan: create cluster other');
      expect(planned).toContain('Scaling group other-scaling-group-edge');
      expect(planned).not.toContain('other-database');
    });
  });
}
