// A script with one character beyond Latin-1 is held in memory with two bytes for each of its characters, comments and
// Lua of libraries included. This plugin writes such characters as escapes, so that files of megabytes take half.
import { decode, encode } from '@jridgewell/sourcemap-codec';

const WIDE = /[\u0100-\uffff]/;
const NOT_ASCII = /[\u0080-\uffff]/g;
/** What an escape is longer than the character that it stands for. */
const LONGER = 5;

export function narrow() {
  return {
    name: 'narrow',
    generateBundle(_options, bundle) {
      for (const { type, fileName, code } of Object.values(bundle)) {
        if (type !== 'chunk' || !WIDE.test(code)) continue;
        const odd = /\\[\u0080-\uffff]/.exec(code);
        if (odd)
          throw new Error(`${fileName}: ${odd[0]} would mean something else with its character escaped`);
        bundle[fileName].code = code.replaceAll(NOT_ASCII, escape);
        const map = bundle[`${fileName}.map`];
        if (map) map.source = moved(map.source, code);
      }
    },
  };
}

function escape(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The source map of a file whose characters beyond ASCII have become escapes. */
function moved(source, code) {
  const map = JSON.parse(source);
  const lines = code.split('\n').map((line) => [...line.matchAll(NOT_ASCII)].map(({ index }) => index));
  const mappings = decode(map.mappings).map((segments, line) => {
    const places = lines[line] ?? [];
    let passed = 0;
    return segments.map(([column, ...rest]) => {
      while (passed < places.length && places[passed] < column) passed += 1;
      return [column + passed * LONGER, ...rest];
    });
  });
  return JSON.stringify({ ...map, mappings: encode(mappings) });
}
