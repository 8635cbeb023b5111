import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

import { createPathMap, type PathMap } from './paths.ts';

/** The directory that stands for `/` on one machine. Content on disk carries mapped paths; reading strips them. */
export interface FakeRoot extends PathMap {
  readonly dir: string;
  /** Real path of a path on the machine, relative ones taken from `cwd`; never outside the fake root. */
  real(path: string, cwd?: string): string;
  exists(path: string): boolean;
  /** Text of a file as the machine's users see it, undefined when there is none. */
  read(path: string): string | undefined;
  /** Writes a file with its folders; scripts are mapped so that they run inside the fake root. */
  write(path: string, content: string | Buffer, mode?: number): void;
  append(path: string, content: string): void;
  remove(path: string): void;
  mkdir(path: string): void;
}

/** Makes the fake root at `dir`. */
export function createFakeRoot(dir: string): FakeRoot {
  mkdirSync(dir, { recursive: true });
  const paths = createPathMap(dir);
  const real = (path: string, cwd = '/root'): string => {
    const plain = path === dir || path.startsWith(`${dir}/`) ? path.slice(dir.length) || '/' : path;
    return join(dir, posix.resolve(cwd === '' ? '/' : cwd, plain));
  };

  return {
    ...paths,
    dir,
    real,
    exists: (path) => existsSync(real(path)),
    read(path) {
      try {
        return paths.strip(readFileSync(real(path), 'latin1'));
      } catch {
        return undefined;
      }
    },
    write(path, content, mode = 0o644) {
      const target = real(path);
      mkdirSync(dirname(target), { recursive: true });
      const text = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
      writeFileSync(target, mapContent(paths, text));
      chmodSync(target, mode);
    },
    append(path, content) {
      const target = real(path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, paths.map(content), { flag: 'a' });
    },
    remove: (path) => rmSync(real(path), { recursive: true, force: true }),
    mkdir: (path) => void mkdirSync(real(path), { recursive: true }),
  };
}

/** Maps the paths in text; scripts (a `#!` line) get the full treatment; binary content stays. */
export function mapContent(paths: PathMap, content: Buffer): Buffer {
  if (content.includes(0)) return content;
  const text = content.toString('latin1');
  return Buffer.from(text.startsWith('#!') ? paths.mapScript(text) : paths.map(text), 'latin1');
}
