import type { Line } from '../calling/line.ts';
import { byToken } from '../calling/paging.ts';

export interface NonNormalServer {
  readonly serverId: string;
  readonly ip: string | undefined;
  readonly port: number | undefined;
  /** `Initial`, `Unhealthy`, `Unused`, `Unavailable`. */
  readonly status: string;
  /** `CONNECT_TIMEOUT`, `CONNECT_FAILED`, `RECV_RESPONSE_TIMEOUT`, `RESPONSE_MISMATCH`, … */
  readonly reason: string | undefined;
  /** What it answered instead. */
  readonly actual: string | undefined;
}

/** A server group as one listener sees it. Servers that are not named are healthy. */
export interface GroupHealth {
  readonly serverGroupId: string;
  readonly checked: boolean;
  readonly nonNormalServers: readonly NonNormalServer[];
}

/** ALB GetListenerHealthStatus, all pages. */
export async function readHealth(line: Line<'alb'>, listenerId: string): Promise<readonly GroupHealth[]> {
  const all = await byToken(async (nextToken) => {
    const answer = await line.call('GetListenerHealthStatus', { listenerId, maxResults: 30, nextToken });
    return { items: answer.listenerHealthStatus ?? [], nextToken: answer.nextToken };
  });
  return all
    .flatMap((listener) => listener.serverGroupInfos ?? [])
    .map((group) => ({
      serverGroupId: group.serverGroupId ?? '',
      checked: /^(on|true)$/i.test(String(group.healthCheckEnabled ?? '')),
      nonNormalServers: (group.nonNormalServers ?? []).map((server) => ({
        serverId: server.serverId ?? '',
        ip: server.serverIp,
        port: server.port,
        status: server.status ?? '',
        reason: server.reason?.reasonCode,
        actual: server.reason?.actualResponse,
      })),
    }));
}
