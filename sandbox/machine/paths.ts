/** Translation between the paths a script names and the fake root directory they live in. */

const TOP_LEVEL = 'etc|var|tmp|root|run|opt|home|srv|mnt|media|boot|usr|lib|bin|sbin|data';

/** Translates text in both directions for one fake root. */
export interface PathMap {
  /** Prefixes every absolute path with the fake root; paths that have the prefix stay. */
  map(text: string): string;
  /** Like `map`, and makes bash's own uid read as the simulated one. For scripts and commands. */
  mapScript(text: string): string;
  /** Removes the fake root's prefix. */
  strip(text: string): string;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Builds the translation for the fake root at `root` (absolute, no trailing slash). */
export function createPathMap(root: string): PathMap {
  const prefix = escaped(root);
  const absolute = new RegExp(
    `${prefix}|(?<![\\w/.})\\]\\\\~*-])/(?:${TOP_LEVEL})(?=[/\\s"'\`;:,)}&|<>*$]|$)`,
    'gm',
  );
  const own = new RegExp(`${prefix}(/?)`, 'g');
  const map = (text: string): string =>
    text.replace(absolute, (found) => (found === root ? found : `${root}${found}`));

  return {
    map,
    mapScript: (text) =>
      map(text)
        .replace(/\$\{?E?UID\b\}?/g, '$(id -u)')
        // bash opens /dev/tcp itself: ask the simulated network which loopback port stands for that address
        .replace(/\/dev\/tcp\/([^\s"'<>;&|)`]+)/g, '$(__dial "$1")'),
    strip: (text) => text.replace(own, '/'),
  };
}

/**
 * Strips the fake root from a byte stream, also when the prefix is cut in two by a chunk border. Bytes are kept as
 * they are: text is handled as latin1.
 */
export function createStripper(map: PathMap, root: string): { push(chunk: Buffer): Buffer; end(): Buffer } {
  const needle = Buffer.from(root, 'utf8').toString('latin1');
  let carry = '';

  return {
    push(chunk) {
      const text = carry + chunk.toString('latin1');
      let keep = Math.min(needle.length, text.length);
      while (keep > 0 && !needle.startsWith(text.slice(text.length - keep))) keep -= 1;
      carry = keep > 0 ? text.slice(text.length - keep) : '';
      return Buffer.from(map.strip(text.slice(0, text.length - keep)), 'latin1');
    },
    end() {
      const rest = Buffer.from(map.strip(carry), 'latin1');
      carry = '';
      return rest;
    },
  };
}

/** Maps the absolute paths of a byte stream line by line (scripts and files that arrive on standard input). */
export function createLineMapper(map: PathMap): { push(chunk: Buffer): Buffer; end(): Buffer } {
  let carry = '';
  const mapped = (text: string): Buffer => Buffer.from(map.mapScript(text), 'latin1');

  return {
    push(chunk) {
      const text = carry + chunk.toString('latin1');
      const cut = text.lastIndexOf('\n') + 1;
      carry = text.slice(cut);
      return mapped(text.slice(0, cut));
    },
    end() {
      const rest = mapped(carry);
      carry = '';
      return rest;
    },
  };
}
