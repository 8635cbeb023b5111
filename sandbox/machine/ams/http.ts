import type { IncomingHttpHeaders } from 'node:http';

import type { Machine } from '../machine.ts';
import { AMS_HOME } from './files.ts';

/** An HTTP request to a node, read whole. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Address of the client as the node sees it; undefined behind a load balancer that does not tell. */
  readonly peer: string | undefined;
}

/** What the node answers. */
export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A JSON answer. */
export function json(value: unknown, status = 200): Answer {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  txt: 'text/plain',
  json: 'application/json',
  js: 'text/javascript',
};

/** A static file under webapps, 404 as Tomcat says it otherwise. */
export function answerFile(machine: Machine, path: string): Answer {
  const clean = path
    .split('/')
    .filter((part) => part !== '..' && part !== '')
    .join('/');
  const text = clean.includes('WEB-INF') ? undefined : machine.root.read(`${AMS_HOME}/webapps/${clean}`);
  if (text === undefined)
    return {
      status: 404,
      body: '<!doctype html><html lang="en"><head><title>HTTP Status 404 – Not Found</title></head></html>',
    };
  return {
    status: 200,
    type: TYPES[/\.(\w+)$/.exec(clean)?.[1] ?? ''] ?? 'application/octet-stream',
    body: text,
  };
}
