import { describe, expect, it } from 'vitest';
import { parseConnectTo } from '../../src/cloud/connect-to.ts';
import { endpointOf, casRegionOf } from '../../src/cloud/endpoints.ts';
import { adaptError, errorOfCode } from '../../src/cloud/errors.ts';
import { countChange, noCalls, withAnswersSince } from '../../src/cloud/calling/answers.ts';
import { byNumber } from '../../src/cloud/calling/paging.ts';
import { createReadCache } from '../../src/cloud/calling/read-cache.ts';
import { retryDelayMs } from '../../src/cloud/calling/retry.ts';
import { cleanText } from '../../src/cloud/calling/clean-text.ts';
import { firstMessage } from '../../src/cloud/websocket-frames.ts';
import { isContextKept } from '../support/left-behind.ts';

describe('a list by page number', () => {
  const read = (total: number | undefined, sizes: readonly number[]) =>
    byNumber(2, async (page) => ({
      items: Array.from({ length: sizes[page - 1] ?? 0 }, (_none, nth) => `${page}.${nth}`),
      total,
    }));

  it('is read to its end, whether its length is told or not', async () => {
    expect(await read(5, [2, 2, 1, 9])).toHaveLength(5);
    expect(await read(undefined, [2, 2, 1, 9])).toHaveLength(5);
    expect(await read(undefined, [2, 2])).toHaveLength(4);
    expect(await read(5, [2, 0, 9])).toHaveLength(2);
  });
});

describe('connect-to', () => {
  it('maps what matches and leaves the rest alone', () => {
    const connect = parseConnectTo('a.example:443:127.0.0.1:8443, :22:[::1]:2222,[2001:db8::1]:::9');

    expect(connect('A.example', 443)).toEqual({ host: '127.0.0.1', port: 8443 });
    expect(connect('a.example', 80)).toEqual({ host: 'a.example', port: 80 });
    expect(connect('10.0.0.1', 22)).toEqual({ host: '::1', port: 2222 });
    expect(connect('[2001:db8::1]', 5)).toEqual({ host: '2001:db8::1', port: 9 });
    expect(parseConnectTo('')('h', 1)).toEqual({ host: 'h', port: 1 });
  });

  it.each(['a:1:b', 'a:99999:b:1', 'a:1:b:x', '::1:22:b:1', 'a b:1:c:2'])(
    'names the bad entry %s',
    (entry) => {
      expect(() => parseConnectTo(`ok:1:ok:2,${entry}`)).toThrow(`"${entry}"`);
    },
  );
});

describe('endpoints', () => {
  it.each([
    ['ecs', 'cn-hangzhou', {}, 'ecs-cn-hangzhou.aliyuncs.com'],
    ['ecs', 'eu-central-1', {}, 'ecs.eu-central-1.aliyuncs.com'],
    ['vpc', 'cn-hangzhou', {}, 'vpc.aliyuncs.com'],
    ['alb', 'cn-hangzhou', {}, 'alb.cn-hangzhou.aliyuncs.com'],
    ['ess', 'ap-southeast-1', {}, 'ess.aliyuncs.com'],
    ['ess', 'eu-central-1', {}, 'ess.eu-central-1.aliyuncs.com'],
    ['cas', 'cn-beijing', { site: 'china' }, 'cas.aliyuncs.com'],
    ['cas', 'eu-central-1', { site: 'china' }, 'cas.ap-southeast-1.aliyuncs.com'],
    ['cas', 'cn-hongkong', { site: 'international' }, 'cas.ap-southeast-1.aliyuncs.com'],
    ['cas', 'cn-hongkong', { casEndpoint: 'cas.aliyuncs.com' }, 'cas.aliyuncs.com'],
    ['bss', 'x', { site: 'china' }, 'business.aliyuncs.com'],
  ] as const)('%s in %s with %j is %s', (product, regionId, options, host) => {
    expect(endpointOf(product, regionId, options)).toEqual({ protocol: 'https', host });
  });

  it('sends everything to the one address when there is one', () => {
    expect(endpointOf('ess', 'x', { endpoint: 'http://127.0.0.1:9/' })).toEqual({
      protocol: 'http',
      host: '127.0.0.1:9',
    });
    expect(() => endpointOf('ess', 'x', { endpoint: 'http://u:pass@h/' })).toThrow(/AMS_ALIBABA_ENDPOINT/);
    expect(() => endpointOf('ess', 'x', { endpoint: 'http://u:pass@h/' })).not.toThrow(/pass/);
  });

  it('gives identifiers the region of Certificate Management', () => {
    expect(casRegionOf('cn-beijing', { site: 'china' })).toBe('cn-hangzhou');
    expect(casRegionOf('cn-beijing', { site: 'international' })).toBe('ap-southeast-1');
  });
});

describe('error classes', () => {
  it.each([
    ['Throttling.Api', 'throttled'],
    ['IncorrectStatus.loadbalancer', 'busy'],
    ['ResourceInConfiguring.Listener', 'busy'],
    ['DependencyViolation.VSwitch', 'in-use'],
    ['DependencyViolation.SLBConfiguring', 'busy'],
    ['OperationDenied.NoStock', 'sold-out'],
    ['QuotaExceeded.Vpc', 'quota'],
    ['QuotaExceed.BuyImage', 'marketplace'],
    ['InvalidAccountStatus.NotEnoughBalance', 'money'],
    ['InvalidSecurityToken.Expired', 'identity'],
    ['Forbidden.Unsubscribed', 'account'],
    ['InvalidParameter.KeypairAlreadyAttachedInstance', 'in-use'],
    ['InvalidParameter.Conflict', 'invalid'],
    ['LastTokenProcessing', 'processing'],
    ['IdempotentParameterMismatch', 'token-mismatch'],
    ['InvalidVSwitchId.NotFound', 'not-found'],
    ['LaunchTemplateSet.NotFound', 'invalid'],
    ['KeyPair.AlreadyExist', 'exists'],
    ['SomethingNew', 'unknown'],
    // Of documents other than the contract, and of what actions add to a code.
    ['Throttling.ConcurrentLimitExceeded', 'throttled'],
    ['InternalError.AllocateUnderlayIp', 'server'],
    ['Mayi.InternalError', 'server'],
    ['ServiceUnavailable.Region', 'server'],
    ['SignatureNonceUsed', 'network'],
    ['IncorrectEipStatus', 'busy'],
    ['InvalidVPCStatus.NotWorking', 'busy'],
    ['OperationConflict.LoadBalancer', 'busy'],
    ['LimitExceeded.SecurityGroup', 'quota'],
    ['OperationDenied.QuotaExceeded', 'quota'],
    ['ResourceInUse.LoadBalancer', 'in-use'],
    ['CertificateInUse', 'in-use'],
    ['InvalidInstanceType.NotSupportDiskCategory', 'sold-out'],
    ['ResourceNotAvailable', 'sold-out'],
    ['OperationDenied.ZoneNotOnSale', 'sold-out'],
    ['OperationDenied.InsufficientBalance', 'money'],
    ['InvalidAccountStatus', 'account'],
    ['OperationDenied.ImageNotValid', 'marketplace'],
    ['AccessDenied', 'permission'],
    ['NotAuthorized', 'permission'],
    ['InvalidAccessKeyId.Disabled', 'identity'],
    ['InvalidTimeStamp.Format', 'identity'],
    ['MissingSecurityToken', 'identity'],
    ['DuplicatedName.ServerGroup', 'exists'],
    ['DuplicatedParam.Ids', 'invalid'],
    ['ResourceAlreadyExist.ServerGroup', 'exists'],
    ['InvalidRegionId.NotFound', 'invalid'],
    ['InvalidVSwitchId.IpInvalid', 'invalid'],
    ['InvalidOperation.DeletionProtection', 'unknown'],
    ['InvalidAction.NotFound', 'unknown'],
  ])('%s is %s', (code, errorClass) => {
    const error = errorOfCode({ product: 'ecs', action: 'RunInstances' }, code);

    expect(error).toMatchObject({ errorClass });
    expect(error.message).toMatch(new RegExp(`^ECS RunInstances: [^.]+ \\(${code}\\)\\.$`));
    expect(error.hint).toMatch(/^[A-Z].*\.$/);
  });

  it.each([
    'ECONNRESET',
    'ECONNABORTED',
    'EAI_AGAIN',
    'EPROTO',
    'HPE_INVALID_CONSTANT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'CERT_HAS_EXPIRED',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
  ])('%s leaves the outcome unknown', (code) => {
    const error = adaptError(Object.assign(new Error('no'), { code }), {
      product: 'ecs',
      action: 'RunInstances',
    });

    expect(error).toMatchObject({ errorClass: 'network', retryable: true, unknownOutcome: true });
    expect(error.message).toContain(`(${code})`);
  });

  it('does not try again what cannot be sent', () => {
    const thrown = Object.assign(new TypeError('no'), { code: 'ERR_INVALID_CHAR' });

    expect(adaptError(thrown, { product: 'ecs', action: 'RunInstances' })).toMatchObject({
      errorClass: 'unknown',
      retryable: false,
    });
  });

  it('takes 429 for throttling, whatever else it says', () => {
    const thrown = Object.assign(new Error('no'), { code: 'QuotaExceeded.Calls', statusCode: 429 });

    expect(adaptError(thrown, { product: 'ecs', action: 'RunInstances' })).toMatchObject({
      errorClass: 'throttled',
    });
  });

  it('says of a temporary key that has run out what to give', () => {
    const error = errorOfCode({ product: 'ecs', action: 'RunInstances' }, 'InvalidSecurityToken.Expired');

    expect(error.hint).toContain('ALIBABA_CLOUD_SECURITY_TOKEN');
  });
});

describe('waiting before another try', () => {
  it('doubles with jitter to a bound and never goes below what the cloud asks for', () => {
    const busy = { errorClass: 'busy', retryAfterMs: undefined } as const;
    const throttled = { errorClass: 'throttled', retryAfterMs: undefined } as const;

    expect(retryDelayMs(busy, 0, () => 1)).toBe(3_000);
    expect(retryDelayMs(busy, 50, () => 1)).toBe(5_000);
    expect(retryDelayMs(throttled, 3, () => 0)).toBe(6_000);
    expect(retryDelayMs({ ...throttled, retryAfterMs: 90_000 }, 0, () => 0)).toBe(90_000);
  });
});

describe('the cache of reads', () => {
  it('gives an answer that began late enough, and none that failed', async () => {
    let clock = 0;
    let loads = 0;
    const cache = createReadCache(() => clock);
    const load = () => Promise.resolve((loads += 1));
    const since = (moment: number, key = 'k') => withAnswersSince(moment, () => cache.read(key, load));

    clock = 10;
    expect(await since(5)).toBe(1);
    clock = 20;
    expect(await since(10)).toBe(1);
    expect(await since(11)).toBe(2);
    expect(await since(0)).toBe(2);
    const failing = withAnswersSince(0, () => cache.read('bad', () => Promise.reject(new Error('no'))));
    await expect(failing).rejects.toThrow('no');
    expect(await since(0, 'bad')).toBe(3);
  });

  it('keeps thousands of short answers, and of long ones the newest', async () => {
    let loads = 0;
    const cache = createReadCache(() => 0);
    const readAll = async (name: string, answers: number, rows: number) => {
      loads = 0;
      const load = () => {
        loads += 1;
        return Promise.resolve({ things: { thing: Array.from({ length: rows }) } });
      };
      for (let nth = 0; nth < answers; nth += 1)
        await withAnswersSince(0, () => cache.read(`${name} ${nth}`, load));
      return loads;
    };

    expect([await readAll('short', 5_000, 2), await readAll('short', 5_000, 2)]).toEqual([5_000, 0]);
    expect([await readAll('long', 300, 50), await readAll('long', 300, 50)]).toEqual([300, 0]);
    expect(await readAll('longer', 800, 50)).toBe(800);
    expect(await readAll('longer', 800, 50)).toBeGreaterThan(100);
    expect(await readAll('short', 100, 2)).toBe(100);
  });

  it('gives work that says nothing an answer of its own', async () => {
    let loads = 0;
    const cache = createReadCache(() => 0);
    const load = () => Promise.resolve((loads += 1));

    expect([await cache.read('k', load), await cache.read('k', load)]).toEqual([1, 2]);
  });

  it('has one of equal reads under way: all who need a newer one share the next', async () => {
    let clock = 0;
    const open: ((value: number) => void)[] = [];
    const cache = createReadCache(() => clock);
    const load = () => new Promise<number>((done) => open.push(done));
    const asked = noCalls();
    const since = (moment: number) => withAnswersSince(moment, () => cache.read('k', load), asked);

    const first = since(0);
    await Promise.resolve();
    clock = 5;
    const later = Array.from({ length: 100 }, (_none, at) => since(1 + at / 50));
    expect(open).toHaveLength(1);
    open[0]?.(1);
    expect(await first).toBe(1);
    await expect.poll(() => open.length).toBe(2);
    open[1]?.(2);
    expect(new Set(await Promise.all(later))).toEqual(new Set([2]));
    expect(asked.reads).toBe(2);
  });

  it('keeps an answer, and nothing that the work which asked for it knew', async () => {
    const cache = createReadCache();
    const read = (load: () => Promise<unknown>) => withAnswersSince(0, () => cache.read('k', load));

    expect(await isContextKept(() => read(async () => 1))).toBe(false);
    expect(await read(() => Promise.reject(new Error('asked again')))).toBe(1);
  });

  it('asks again after a change of the same work, taken or not', async () => {
    let loads = 0;
    const cache = createReadCache();
    const load = () => Promise.resolve((loads += 1));

    await withAnswersSince(performance.now(), async () => {
      expect(await cache.read('k', load)).toBe(1);
      expect(await cache.read('k', load)).toBe(1);
      countChange(false);
      expect(await cache.read('k', load)).toBe(2);
    });
  });
});

describe('text from machines', () => {
  it('loses terminal codes and control characters, and its beginning when it is long', () => {
    expect(cleanText('\u001B[31mred\u001B[0m\r\nnext\u0007\tx')).toBe('red\nnext\tx');
    expect(cleanText('abcdef', 3)).toBe('def');
  });

  it('is read from WebSocket frames past a ping, in pieces', () => {
    const frames = Buffer.from([0x89, 0, 0x01, 1, 0x61, 0x80, 1, 0x62]);

    expect(firstMessage(frames)).toBe('ab');
    expect(firstMessage(frames.subarray(0, 6))).toBeUndefined();
  });
});
