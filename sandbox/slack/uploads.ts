import { isJson, textOf } from './json.ts';
import type { Workspace } from './workspace.ts';

/** A file on its way into the workspace, or in it. */
export interface Upload {
  readonly id: string;
  readonly name: string;
  title: string;
  /** Bytes, as announced. */
  readonly size: number;
  /** Of the address that takes the bytes. */
  readonly key: string;
  /** Seconds since 1970. */
  readonly created: number;
  content?: Buffer;
  /** When it was announced as complete, milliseconds since 1970. */
  completedAt?: number;
}

/** Beginnings of what image blocks show: png, jpg, gif. Source: docs.slack.dev, Slack file object. */
const IMAGES = ['89504e470d0a1a0a', 'ffd8ff', '474946383761', '474946383961'];

/**
 * What is wrong with the uploaded files that blocks show, ready for `response_metadata.messages`. As with Slack a file
 * must be there, complete, an image, and looked through, which takes it a moment after the upload.
 */
export function refuseFiles(workspace: Workspace, blocks: unknown, pointer: string): string[] {
  if (Array.isArray(blocks))
    return blocks.flatMap((one, at) => refuseFiles(workspace, one, `${pointer}/${at}`));
  if (!isJson(blocks)) return [];
  return Object.entries(blocks).flatMap(([key, value]) => {
    const here = `${pointer}/${key}`;
    if (key !== 'slack_file' || !isJson(value)) return refuseFiles(workspace, value, here);
    if (isShowable(workspace, textOf(value['id']))) return [];
    return [`[ERROR] invalid slack file [json-pointer:${here}]`];
  });
}

function isShowable(workspace: Workspace, id: string | undefined): boolean {
  const { content, completedAt } = workspace.files.get(id ?? '') ?? {};
  if (content === undefined || completedAt === undefined) return false;
  if (Date.now() < completedAt + workspace.settings.fileProcessingMs) return false;
  const start = content.subarray(0, 8).toString('hex');
  return IMAGES.some((image) => start.startsWith(image));
}
