// The generated SDKs hold a method and some classes for each of a thousand actions, of which the product calls a few
// dozen. This plugin leaves the others out of a bundle, and loads the classes of an action when it is first called.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const CLIENT = /@alicloud[\\/](?!openapi-core|credentials)[^\\/]+[\\/]dist[\\/]client\.js$/;
const MODELS = /@alicloud[\\/][^\\/]+[\\/]dist[\\/]models[\\/]model\.js$/;

/** A method of a generated client, with the comment before it: `async runInstances(`, `async runInstancesWithOptions(`. */
const METHOD = /^ {4}(?:\/\*\*\n(?: {5}\*.*\n)*? {5}\*\/\n {4})?async (\w+)\((.*)\) \{\n[\s\S]*?^ {4}\}\n/gm;
/** `RunInstancesShrinkRequest`, `RunInstancesResponseBody`: classes of the action RunInstances. */
const CLASS_OF_ACTION = /^(\w+?)(?:Shrink)?(?:Request|Response|ResponseBody)$/;

/** @param root the folder of the product, whose `src` names the actions that it calls as words in quotes */
export function leanSdk(root) {
  const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(root, 'src', file), 'utf8'))
    .join('\n');
  const named = [...source.matchAll(/'([A-Z]\w+)'/g)].map(([, word]) => word);
  const called = new Set([...source.matchAll(/\bline\.call\(\s*'(\w+)'/g)].map(([, action]) => action));
  /** Methods and classes that the bundle holds. */
  const held = new Set();
  const needed = new Set(called);

  /** Files of classes are written otherwise than their actions at times: DescribeVswitchesRequest. */
  const lowered = new Set(named.map((word) => word.toLowerCase()));
  function isNamed(action) {
    return lowered.has(action.toLowerCase());
  }

  return {
    name: 'lean-sdk',
    transform: {
      filter: { id: [CLIENT, MODELS] },
      handler(code, id) {
        return { code: CLIENT.test(id) ? leanClient(code) : lazyModels(code), map: null };
      },
    },
    buildEnd() {
      const missing = [...needed].filter((name) => !held.has(name));
      if (missing.length > 0) throw new Error(`No SDK in the bundle has ${missing.join(', ')}.`);
    },
  };

  function leanClient(code) {
    for (const [, name] of code.matchAll(/^class (\w+Request) /gm)) held.add(name);
    return code.replaceAll(METHOD, (method, name, input) => {
      const action = `${name.charAt(0).toUpperCase()}${name.slice(1)}`.replace(/WithOptions$/, '');
      if (!isNamed(action)) return '';
      held.add(action);
      if (called.has(action) && /\b(?:request|tmpReq)\b/.test(input)) needed.add(`${action}Request`);
      return method;
    });
  }

  /** The list of all classes: those of actions that nobody calls go, and each of the others is loaded when asked for. */
  function lazyModels(code) {
    const files = new Map();
    const lazy = code
      .replace(/^(?:exports\.\w+ = )+void 0;$/gm, '')
      .replaceAll(/^var (\w+) = require\("\.\/(\w+)"\);$/gm, (_all, name, file) => {
        files.set(name, file);
        return '';
      })
      .replaceAll(
        /^(Object\.defineProperty\(exports, "(\w+)", \{.* return )(\w+)(\.\w+; \} \}\);)$/gm,
        (_all, before, exported, name, after) => {
          const file = files.get(name);
          if (file === undefined) throw new Error(`${name} in a list of classes is of no file.`);
          const action = CLASS_OF_ACTION.exec(file)?.[1];
          if (action !== undefined && !isNamed(action)) return '';
          held.add(exported);
          return `${before}require("./${file}")${after}`;
        },
      );
    if (files.size === 0) throw new Error('A list of classes does not read as it did.');
    return lazy;
  }
}
