import type { Machine } from '../machine.ts';
import type { Doc } from '../mongo/state.ts';
import { isCommunity } from './files.ts';
import type { Ams } from './service.ts';
import { answerFile, json, type Answer, type Asked } from './http.ts';

const PAGES: Readonly<Record<string, string>> = {
  '/': 'Publish with WebRTC',
  '/index.html': 'Publish with WebRTC',
  '/samples/publish_webrtc.html': 'Publish with WebRTC',
  '/player.html': 'Play with WebRTC',
  '/play.html': 'Play',
};

/** Answers `/{app}/...`: the test pages, the app's REST API behind its address filter, files. */
export function answerApp(machine: Machine, ams: Ams, app: string, path: string, asked: Asked): Answer {
  if (path.startsWith('/rest/v2/'))
    return answerRest(machine, ams, app, path.slice('/rest/v2'.length), asked);
  const title = PAGES[path];
  if (title === undefined) return answerFile(machine, `/${app}${path}`);
  return { status: 200, body: page(title, app, path) };
}

function page(title: string, app: string, path: string): string {
  const publishes = title.startsWith('Publish');
  return `<!doctype html>
<html lang="en">
<head><meta charset="UTF-8"><title>Ant Media Server WebRTC ${publishes ? 'Publish' : 'Play'}</title></head>
<body>
<h1>${title}</h1>
<video id="${publishes ? 'localVideo' : 'remoteVideo'}" autoplay playsinline controls></video>
<input type="text" id="streamId" value="${publishes ? `streamId_${Math.random().toString(36).slice(2, 11)}` : 'stream1'}">
<script>const websocketURL = location.origin.replace('http', 'ws') + '/${app}/websocket'; /* ${path} */</script>
</body>
</html>
`;
}

function answerRest(machine: Machine, ams: Ams, app: string, path: string, asked: Asked): Answer {
  if (asked.peer !== '127.0.0.1') return { status: 403, type: 'text/plain', body: 'Not allowed IP' };
  const find = (filter: Doc): Doc[] =>
    ams.mode() === 'cluster'
      ? ams.database().find(app.toLowerCase(), 'broadcast', filter, { projection: { _id: 0 } })
      : [];
  const list = /^\/broadcasts\/list\/(\d+)\/(\d+)$/.exec(path);
  if (list !== null)
    return json(find({}).slice(Number(list[1]), Number(list[1]) + Math.min(50, Number(list[2]))));
  if (path === '/broadcasts/active-live-stream-count')
    return json({ number: find({ status: 'broadcasting' }).length });
  if (path === '/broadcasts/count') return json({ number: find({}).length });
  if (path === '/version')
    return json({
      versionName: machine.spec.amsVersion ?? '',
      versionType: isCommunity(machine) ? 'Community Edition' : 'Enterprise Edition',
    });
  const one = /^\/broadcasts\/([\w-]+)(\/broadcast-statistics)?$/.exec(path);
  const found = one === null ? undefined : find({ streamId: one[1] ?? '' })[0];
  if (found === undefined) return { status: 404, body: '' };
  return one?.[2] === undefined
    ? json(found)
    : json({
        totalRTMPWatchersCount: -1,
        totalHLSWatchersCount: -1,
        totalWebRTCWatchersCount: 0,
        totalDASHWatchersCount: -1,
      });
}
