/** One health check: what a server answers on its health path, or why it does not. */
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Health, HealthCheckConfig } from '../alibaba/alb/state.ts';

/** Undefined when the check passed. */
export type ProbeResult = Health['reason'];

/**
 * Asks the loopback port once.
 * @param port undefined when nothing listens there
 * @param host the server's own address, sent as Host unless the check names another
 */
export function probe(
  config: HealthCheckConfig,
  port: number | undefined,
  host: string,
  timeoutMs: number,
): Promise<ProbeResult> {
  if (port === undefined) return Promise.resolve(reason('CONNECT_FAILED', config));
  return config.HealthCheckProtocol === 'TCP'
    ? probeTcp(config, port, timeoutMs)
    : probeHttp(config, port, host, timeoutMs);
}

function probeHttp(
  config: HealthCheckConfig,
  port: number,
  host: string,
  timeoutMs: number,
): Promise<ProbeResult> {
  return new Promise((done) => {
    const asked = request({
      host: '127.0.0.1',
      port,
      method: config.HealthCheckMethod,
      path: config.HealthCheckPath,
      headers: { host: named(config.HealthCheckHost) ?? host, 'user-agent': 'SLBHealthCheck' },
      agent: false,
      timeout: timeoutMs,
    });
    asked.once('timeout', () => {
      done(reason('RECV_RESPONSE_TIMEOUT', config));
      asked.destroy();
    });
    asked.once('error', (error: NodeJS.ErrnoException) =>
      done(reason(error.code === 'ECONNREFUSED' ? 'CONNECT_FAILED' : 'RECV_RESPONSE_FAILED', config)),
    );
    asked.once('response', (response) => {
      const status = response.statusCode ?? 0;
      response.resume();
      asked.destroy();
      const accepted = config.HealthCheckCodes.includes(`http_${Math.floor(status / 100)}xx`);
      done(accepted ? undefined : reason('RESPONSE_MISMATCH', config, String(status)));
    });
    asked.end();
  });
}

function probeTcp(config: HealthCheckConfig, port: number, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((done) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: timeoutMs });
    const end = (result: ProbeResult) => {
      socket.destroy();
      done(result);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end(reason('CONNECT_TIMEOUT', config)));
    socket.once('error', () => end(reason('CONNECT_FAILED', config)));
  });
}

function named(host: string): string | undefined {
  return host === '' || host.startsWith('$') ? undefined : host;
}

/** A failure as GetListenerHealthStatus words it. */
export function reason(code: string, config: HealthCheckConfig, actual = ''): NonNullable<ProbeResult> {
  return {
    ReasonCode: code,
    ExpectedResponse: config.HealthCheckCodes.join(','),
    ActualResponse: actual,
  };
}
