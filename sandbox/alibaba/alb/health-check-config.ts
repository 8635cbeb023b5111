/** The configuration blocks of a server group, their defaults and limits (CreateServerGroup, 2020-06-16). */
import { ApiError } from '../api-error.ts';
import type { HealthCheckConfig, ServerGroup, StickySessionConfig } from './state.ts';

const DEFAULT_CHECK: HealthCheckConfig = {
  HealthCheckEnabled: true,
  HealthCheckProtocol: 'HTTP',
  HealthCheckPath: '/',
  HealthCheckMethod: 'HEAD',
  HealthCheckCodes: ['http_2xx'],
  HealthCheckConnectPort: 0,
  HealthCheckInterval: 2,
  HealthCheckTimeout: 5,
  HealthyThreshold: 3,
  UnhealthyThreshold: 3,
  HealthCheckHost: '$SERVER_IP',
  HealthCheckHttpVersion: 'HTTP1.1',
};

const DEFAULT_STICKY: StickySessionConfig = {
  StickySessionEnabled: false,
  StickySessionType: 'Insert',
  CookieTimeout: 1000,
  Cookie: '',
};

/** Merges a health check over what holds and checks every value. */
export function healthCheck(
  given: Partial<HealthCheckConfig> | undefined,
  before: HealthCheckConfig = DEFAULT_CHECK,
): HealthCheckConfig {
  const merged = { ...before, ...given };
  const prefix = 'HealthCheckConfig';
  oneOf(`${prefix}.HealthCheckProtocol`, merged.HealthCheckProtocol, ['HTTP', 'HTTPS', 'TCP', 'gRPC']);
  oneOf(`${prefix}.HealthCheckMethod`, merged.HealthCheckMethod, ['HEAD', 'GET', 'POST']);
  oneOf(`${prefix}.HealthCheckHttpVersion`, merged.HealthCheckHttpVersion, ['HTTP1.0', 'HTTP1.1']);
  within(`${prefix}.HealthCheckConnectPort`, merged.HealthCheckConnectPort, 0, 65535);
  within(`${prefix}.HealthCheckInterval`, merged.HealthCheckInterval, 1, 50);
  within(`${prefix}.HealthCheckTimeout`, merged.HealthCheckTimeout, 1, 300);
  within(`${prefix}.HealthyThreshold`, merged.HealthyThreshold, 2, 10);
  within(`${prefix}.UnhealthyThreshold`, merged.UnhealthyThreshold, 2, 10);
  for (const code of merged.HealthCheckCodes) {
    if (!/^(http_[2-5]xx|\d{1,2})$/.test(code)) invalid(`${prefix}.HealthCheckCodes`, code);
  }
  if (!/^\/[\w./?%&=~#:@!$'*+,;()-]{0,79}$/.test(merged.HealthCheckPath)) {
    invalid(`${prefix}.HealthCheckPath`, merged.HealthCheckPath);
  }
  return merged;
}

/** Merges session stickiness over what holds and checks every value. */
export function stickySession(
  given: Partial<StickySessionConfig> | undefined,
  before: StickySessionConfig = DEFAULT_STICKY,
): StickySessionConfig {
  const merged = { ...before, ...given };
  oneOf('StickySessionConfig.StickySessionType', merged.StickySessionType, ['Insert', 'Server']);
  within('StickySessionConfig.CookieTimeout', merged.CookieTimeout, 1, 86_400);
  if (
    merged.StickySessionEnabled &&
    merged.StickySessionType === 'Server' &&
    !/^[\w-]{1,200}$/.test(merged.Cookie)
  ) {
    invalid('StickySessionConfig.Cookie', merged.Cookie);
  }
  return merged;
}

export function connectionDrain(
  given: Partial<ServerGroup['connectionDrain']> | undefined,
  before: ServerGroup['connectionDrain'] = { ConnectionDrainEnabled: false, ConnectionDrainTimeout: 300 },
): ServerGroup['connectionDrain'] {
  const merged = { ...before, ...given };
  within('ConnectionDrainConfig.ConnectionDrainTimeout', merged.ConnectionDrainTimeout, 0, 900);
  return merged;
}

export function slowStart(
  given: Partial<ServerGroup['slowStart']> | undefined,
  before: ServerGroup['slowStart'] = { SlowStartEnabled: false, SlowStartDuration: 30 },
): ServerGroup['slowStart'] {
  const merged = { ...before, ...given };
  within('SlowStartConfig.SlowStartDuration', merged.SlowStartDuration, 30, 900);
  return merged;
}

/** @throws ApiError InvalidParameter when the value is not among those allowed */
export function oneOf(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) {
    throw new ApiError(
      'InvalidParameter',
      400,
      `The value ${value} of ${name} is not supported; it must be one of ${allowed.join(', ')}.`,
    );
  }
}

/** @throws ApiError InvalidParameter when the number is outside the range */
export function within(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ApiError(
      'InvalidParameter',
      400,
      `${name} must be a whole number from ${min} to ${max}, not ${value}.`,
    );
  }
}

function invalid(name: string, value: string): never {
  throw new ApiError('InvalidParameter', 400, `The value ${value} of ${name} is not valid.`);
}
