import type { IncomingMessage, ServerResponse } from 'node:http';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Queue } from 'bullmq';
import { loginCheck } from './login.ts';
import type { Login } from './login.ts';
import { QUEUES, plain } from './server.ts';

type ServerAdapter = Parameters<typeof createBullBoard>[0]['serverAdapter'];
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** The page asks nobody else for anything: no fonts of others, who would learn when it is looked at. */
const ONLY_OURS =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** Bull Board over these queues, behind a login, to look at only. */
export function queuePage(queues: readonly Queue[], login: Login): Handler {
  const mayEnter = loginCheck(login);
  const adapter = new ExpressAdapter();
  adapter.setBasePath(QUEUES);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false })),
    // The adapter's package brings types of its own release, alike but not the same to the compiler.
    serverAdapter: adapter as unknown as ServerAdapter,
    options: { uiConfig: { boardTitle: 'ams-chatops' } },
  });
  const board = adapter.getRouter() as Handler;
  return (request, response) => {
    if (!mayEnter(request.headers.authorization)) {
      response.setHeader('WWW-Authenticate', 'Basic realm="queues", charset="UTF-8"');
      return plain(response, 401, 'The queues are shown to those who have the password.');
    }
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('X-Frame-Options', 'DENY');
    response.setHeader('Content-Security-Policy', ONLY_OURS);
    board(request, response);
  };
}
