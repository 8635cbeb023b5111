/**
 * The few functions of the metadata reflection proposal that the container inside `@peculiar/x509` asks for at
 * load time. Import it before that library; an existing implementation is left alone.
 */
type Key = unknown;

const store = new WeakMap<object, Map<Key, unknown>>();

function own(target: object): Map<Key, unknown> {
  const found = store.get(target) ?? new Map<Key, unknown>();
  store.set(target, found);
  return found;
}

function getMetadata(key: Key, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const values = store.get(at);
    if (values?.has(key) === true) return values.get(key);
  }
  return undefined;
}

const functions = {
  getMetadata,
  getOwnMetadata: (key: Key, target: object) => store.get(target)?.get(key),
  hasMetadata: (key: Key, target: object) => getMetadata(key, target) !== undefined,
  hasOwnMetadata: (key: Key, target: object) => store.get(target)?.has(key) ?? false,
  defineMetadata: (key: Key, value: unknown, target: object) => void own(target).set(key, value),
  metadata: (key: Key, value: unknown) => (target: object) => void own(target).set(key, value),
};

if (!('getMetadata' in Reflect)) Object.assign(Reflect, functions);
