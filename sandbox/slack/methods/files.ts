import { SlackRefusal } from '../errors.ts';
import { newId, newSecret } from '../ids.ts';
import { objectsOf, textOf } from '../json.ts';
import type { Json } from '../json.ts';
import { botMessage } from '../messages.ts';
import type { Workspace } from '../workspace.ts';
import { botIsIn, knownChannel, required, structured } from './method.ts';
import type { Call, Method } from './method.ts';

const files = { token: 'bot', scopes: ['files:write'], tier: 4 } as const;

/** The three steps of an upload: an address, the bytes, the announcement. */
export const fileMethods: Readonly<Record<string, Method>> = {
  'files.getUploadURLExternal': { ...files, run: getUploadUrl },
  'files.completeUploadExternal': { ...files, run: complete },
};

function getUploadUrl({ workspace, args, origin }: Call): Json {
  const name = required(args, 'filename');
  const length = Number(args['length']);
  if (!Number.isInteger(length) || length <= 0) required({}, 'length');
  const id = newId('F');
  const key = newSecret();
  workspace.files.set(id, {
    id,
    name,
    title: name,
    size: length,
    key,
    created: Math.floor(Date.now() / 1000),
  });
  return { upload_url: `${origin}/upload/v1/${id}/${key}`, file_id: id };
}

/** Takes the bytes of a file. False when the address is wrong or the bytes are more than announced. */
export function receiveFile(workspace: Workspace, id: string, key: string, bytes: Buffer): boolean {
  const file = workspace.files.get(id);
  if (file?.key !== key || file.content !== undefined) return false;
  if (bytes.length !== file.size) return false;
  file.content = bytes;
  return true;
}

function complete({ workspace, args }: Call): Json {
  const given = objectsOf(structured(args, 'files', 'invalid_arguments'));
  if (given.length === 0) required({}, 'files');
  const found = given.map((one) => {
    const file = workspace.files.get(textOf(one['id']) ?? '');
    if (file?.content === undefined) throw new SlackRefusal('file_not_found');
    file.title = textOf(one['title']) ?? file.name;
    file.completedAt ??= Date.now();
    const { id, name, title, size, created } = file;
    return { id, name, title, size, created };
  });
  const place = textOf(args['channel_id']) ?? textOf(args['channels']);
  if (place !== undefined && place !== '') {
    const channel = knownChannel(workspace, place);
    if (!botIsIn(workspace, channel)) throw new SlackRefusal('not_in_channel');
    const message = botMessage(workspace, channel, { text: textOf(args['initial_comment']) ?? '' }, args);
    message.files = found.map((file) => ({
      ...file,
      content: workspace.files.get(file.id)?.content?.toString('base64'),
    }));
    workspace.post(channel, message);
  }
  return { files: found };
}
