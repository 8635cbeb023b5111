import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { posix } from 'node:path';
import ssh2, { type Attributes, type SFTPWrapper } from 'ssh2';

import type { Machine } from '../machine.ts';
import { mapContent } from '../root.ts';

const { STATUS_CODE, OPEN_MODE } = ssh2.utils.sftp;

interface OpenFile {
  readonly path: string;
  content: Buffer;
  readonly writes: boolean;
  readonly mode: number | undefined;
}

interface OpenFolder {
  readonly path: string;
  listed: boolean;
}

/** Serves SFTP on the fake root: files are read and written whole, with paths translated as in every other way in. */
export function serveSftp(machine: Machine, sftp: SFTPWrapper): void {
  const { root, spec } = machine;
  const home = spec.loginUser === 'root' ? '/root' : `/home/${spec.loginUser}`;
  const handles = new Map<number, OpenFile | OpenFolder>();
  let last = 0;
  const real = (path: string): string => root.real(path, home);
  const open = (id: number, entry: OpenFile | OpenFolder): void => {
    last += 1;
    handles.set(last, entry);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(last);
    sftp.handle(id, handle);
  };
  const find = (handle: Buffer): OpenFile | OpenFolder | undefined =>
    handle.length === 4 ? handles.get(handle.readUInt32BE()) : undefined;
  /** Runs a request; a missing file answers NO_SUCH_FILE, anything else FAILURE. */
  const attempt = (id: number, run: () => void): void => {
    try {
      run();
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      sftp.status(id, missing ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE);
    }
  };
  const done = (id: number): void => sftp.status(id, STATUS_CODE.OK);
  const readFile = (path: string): Buffer => {
    const bytes = readFileSync(real(path));
    return bytes.includes(0) ? bytes : Buffer.from(root.strip(bytes.toString('latin1')), 'latin1');
  };
  const attributes = (path: string): Attributes => {
    const stat = statSync(real(path));
    const size = stat.isFile() && stat.size < 4_000_000 ? readFile(path).length : stat.size;
    return {
      mode: stat.mode,
      uid: 0,
      gid: 0,
      size,
      atime: Math.floor(stat.atimeMs / 1000),
      mtime: Math.floor(stat.mtimeMs / 1000),
    };
  };
  const setMode = (id: number, path: string, attrs: Attributes): void =>
    attempt(id, () => {
      if (typeof attrs.mode === 'number') chmodSync(real(path), attrs.mode & 0o7777);
      done(id);
    });

  sftp.on('OPEN', (id, path, flags, attrs) =>
    attempt(id, () => {
      const writes = (flags & OPEN_MODE.WRITE) !== 0;
      const fresh = (flags & OPEN_MODE.TRUNC) !== 0;
      let content: Buffer = Buffer.alloc(0);
      if (!fresh) {
        try {
          content = readFile(path);
        } catch (error) {
          if ((flags & OPEN_MODE.CREAT) === 0) throw error;
        }
      }
      if (writes) writeFileSync(real(path), mapContent(root, content));
      open(id, { path, content, writes, mode: typeof attrs.mode === 'number' ? attrs.mode : undefined });
    }),
  );
  sftp.on('READ', (id, handle, offset, length) => {
    const file = find(handle);
    if (file === undefined || !('content' in file)) return sftp.status(id, STATUS_CODE.FAILURE);
    if (offset >= file.content.length) return sftp.status(id, STATUS_CODE.EOF);
    return sftp.data(id, file.content.subarray(offset, offset + length));
  });
  sftp.on('WRITE', (id, handle, offset, data) => {
    const file = find(handle);
    if (file === undefined || !('content' in file) || !file.writes)
      return sftp.status(id, STATUS_CODE.PERMISSION_DENIED);
    const grown = Buffer.alloc(Math.max(file.content.length, offset + data.length));
    file.content.copy(grown);
    data.copy(grown, offset);
    file.content = grown;
    return done(id);
  });
  sftp.on('CLOSE', (id, handle) =>
    attempt(id, () => {
      const entry = find(handle);
      handles.delete(handle.readUInt32BE());
      if (entry !== undefined && 'content' in entry && entry.writes) {
        writeFileSync(real(entry.path), mapContent(root, entry.content));
        if (entry.mode !== undefined) chmodSync(real(entry.path), entry.mode & 0o7777);
      }
      done(id);
    }),
  );
  for (const event of ['STAT', 'LSTAT'] as const)
    sftp.on(event as 'STAT', (id, path) => attempt(id, () => sftp.attrs(id, attributes(path))));
  sftp.on('FSTAT', (id, handle) => attempt(id, () => sftp.attrs(id, attributes(find(handle)?.path ?? ''))));
  sftp.on('SETSTAT', (id, path, attrs) => setMode(id, path, attrs));
  sftp.on('FSETSTAT', (id, handle, attrs) => setMode(id, find(handle)?.path ?? '', attrs));
  sftp.on('REALPATH', (id, path) => {
    const full = posix.resolve(home, path);
    sftp.name(id, [
      { filename: full, longname: full, attrs: { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 } },
    ]);
  });
  sftp.on('OPENDIR', (id, path) =>
    attempt(id, () => {
      readdirSync(real(path));
      open(id, { path, listed: false });
    }),
  );
  sftp.on('READDIR', (id, handle) =>
    attempt(id, () => {
      const folder = find(handle);
      if (folder === undefined || !('listed' in folder)) throw new Error('not a folder');
      if (folder.listed) return sftp.status(id, STATUS_CODE.EOF);
      folder.listed = true;
      return sftp.name(
        id,
        readdirSync(real(folder.path)).map((name) => {
          const attrs = attributes(posix.join(folder.path, name));
          return { filename: name, longname: `-rw-r--r-- 1 root root ${attrs.size} ${name}`, attrs };
        }),
      );
    }),
  );
  sftp.on('MKDIR', (id, path) => attempt(id, () => (mkdirSync(real(path)), done(id))));
  sftp.on('RMDIR', (id, path) => attempt(id, () => (rmdirSync(real(path)), done(id))));
  sftp.on('REMOVE', (id, path) => attempt(id, () => (unlinkSync(real(path)), done(id))));
  sftp.on('RENAME', (id, from, to) => attempt(id, () => (renameSync(real(from), real(to)), done(id))));
}
