import type { WebSocket } from 'ws';

import type { Machine } from '../machine.ts';
import type { Doc } from '../mongo/state.ts';
import { dial } from '../world.ts';
import type { Ams } from './service.ts';

const SDP =
  'v=0\r\no=- 20518 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=rtpmap:96 H264/90000\r\n';

/** Serves one signalling connection of an application. */
export function serveWebSocket(machine: Machine, ams: Ams, app: string, client: WebSocket): void {
  const published = new Set<string>();
  const send = (message: Doc): void => client.send(JSON.stringify(message));
  client.on('error', () => client.terminate());
  client.on('message', (bytes) => {
    let message: Doc;
    try {
      message = JSON.parse(String(bytes)) as Doc;
    } catch {
      send({ command: 'error', definition: 'invalidJSON' });
      return;
    }
    try {
      receive(machine, ams, app, message, published, send);
    } catch {
      send({ command: 'error', definition: 'server_error_check_logs', streamId: message['streamId'] });
    }
  });
  client.on('close', () => {
    for (const streamId of published) finish(ams, app, streamId);
  });
}

function finish(ams: Ams, app: string, streamId: string): void {
  try {
    ams
      .database()
      .update(
        app.toLowerCase(),
        'broadcast',
        { streamId },
        { $set: { status: 'finished' } },
        { many: false, upsert: false },
      );
  } catch {
    // with the database gone the record stays as it is, as on a real node
  }
}

function receive(
  machine: Machine,
  ams: Ams,
  app: string,
  message: Doc,
  published: Set<string>,
  send: (message: Doc) => void,
): void {
  const streamId = message['streamId'];
  switch (message['command']) {
    case 'ping':
      return send({ command: 'pong' });
    case 'publish':
      if (typeof streamId !== 'string' || streamId === '')
        return send({ command: 'error', definition: 'noStreamNameSpecified' });
      if (find(ams, app, streamId)?.['status'] === 'broadcasting')
        return send({ command: 'error', definition: 'streamIdInUse', streamId });
      return send({ command: 'start', streamId });
    case 'takeConfiguration': {
      if (typeof streamId !== 'string')
        return send({ command: 'error', definition: 'noStreamNameSpecified' });
      if (message['type'] === 'answer')
        return send({ command: 'notification', definition: 'play_started', streamId });
      published.add(streamId);
      record(machine, ams, app, streamId);
      send({ command: 'takeConfiguration', streamId, type: 'answer', sdp: SDP });
      return send({ command: 'notification', definition: 'publish_started', streamId });
    }
    case 'takeCandidate':
      return undefined;
    case 'play':
      return play(machine, ams, app, streamId, send);
    case 'stop':
      if (typeof streamId === 'string' && published.delete(streamId)) finish(ams, app, streamId);
      return send({ command: 'notification', definition: 'publish_finished', streamId });
    case 'getStreamInfo':
      return send({ command: 'streamInformation', streamId, streamInfo: [] });
    default:
      return send({ command: 'error', definition: 'not_valid_command' });
  }
}

function find(ams: Ams, app: string, streamId: string): Doc | undefined {
  if (ams.mode() === 'standalone') return undefined;
  return ams.database().find(app.toLowerCase(), 'broadcast', { streamId })[0];
}

function record(machine: Machine, ams: Ams, app: string, streamId: string): void {
  if (ams.mode() === 'standalone') return;
  const fields = {
    status: 'broadcasting',
    type: 'liveStream',
    publishType: 'WebRTC',
    originAdress: machine.spec.privateIp,
    updateTime: machine.world.clock.now().getTime(),
  };
  ams
    .database()
    .update(app.toLowerCase(), 'broadcast', { streamId }, { $set: fields }, { many: false, upsert: true });
}

/** An edge first pulls the stream from its origin over TCP 5000. */
function play(
  machine: Machine,
  ams: Ams,
  app: string,
  streamId: unknown,
  send: (message: Doc) => void,
): void {
  if (typeof streamId !== 'string' || streamId === '')
    return send({ command: 'error', definition: 'noStreamNameSpecified' });
  const broadcast = find(ams, app, streamId);
  if (broadcast?.['status'] !== 'broadcasting')
    return send({ command: 'error', definition: 'no_stream_exist', streamId });
  const origin = String(broadcast['originAdress']);
  if (origin !== machine.spec.privateIp && dial(machine, origin, 5000).state !== 'open')
    return send({ command: 'error', definition: 'no_stream_exist', streamId });
  return send({ command: 'takeConfiguration', streamId, type: 'offer', sdp: SDP });
}
