import { nearest } from '../cluster/nearest.ts';

const PREFIX = 'AMS_';
/** Kubernetes tells every container of the services around it; the one of our manifests is called ams-bot. */
const OF_A_SERVICE = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const OF_A_PORT = /^(tcp|udp|sctp):\/\//;

/**
 * Variables with our prefix that nobody reads: misspelt, a secret key would be missing and an option without effect.
 * @param known names of variables that are read
 * @param source text of ams.yaml, which may name further ones (`env:NAME`); undefined when it cannot be read
 */
export function strangeNames(
  given: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
  source: string | undefined,
): string[] {
  if (source === undefined) return [];
  const places = [source, given['AMS_REDIS_CA'], given['AMS_REDIS_CERT'], given['AMS_REDIS_KEY']].join('\n');
  const named = new Set([...places.matchAll(/env:([A-Za-z_][A-Za-z0-9_]*)/g)].map((match) => match[1]));
  const strange = Object.entries(given).filter(
    ([name, value]) =>
      name.startsWith(PREFIX) &&
      !known.includes(name) &&
      !named.has(name) &&
      !OF_A_SERVICE.test(name) &&
      !(name.endsWith('_PORT') && OF_A_PORT.test(value ?? '')),
  );
  return strange.map(([name]) => {
    const near = nearest(
      name.slice(PREFIX.length),
      known.filter((one) => one.startsWith(PREFIX)).map((one) => one.slice(PREFIX.length)),
    );
    return `${name} is not a variable that is read${near === undefined ? ': docs/configuration.md lists those that are' : `; did you mean ${PREFIX}${near}?`}`;
  });
}
