import type { Desk } from '../../jobs/desk.ts';
import type { Settings } from '../../cluster/settings.ts';
import type { Command } from './command.ts';

/** What the reader of help has: examples speak of it. */
export interface Own {
  /** The channel's default first. */
  readonly clusters: readonly string[];
  /** The newest operation. */
  readonly operation: string | undefined;
}

/** Names that the examples in the commands' files use. */
const EXAMPLE_CLUSTER = /(?<![\w.-])live(?:-eu)?(?![\w.-])/g;
const EXAMPLE_OPERATION = 'op-7k3m9q2x';
const CREATES = /^(?:plan )?create-cluster\b/;

/** What is remembered of the reader's clusters; nothing when that cannot be known now, since help is always given. */
export async function ownOf(
  { desk, settings }: { readonly desk: Desk; readonly settings: Settings },
  channel: string,
): Promise<Own> {
  try {
    const [known, [newest]] = await Promise.all([desk.clusters(), desk.operations({ limit: 1 })]);
    const ofChannel = settings.channels[channel];
    const names = [...(ofChannel === undefined ? [] : [ofChannel]), ...known.map((one) => one.cluster)];
    return { clusters: [...new Set(names)], operation: newest?.id };
  } catch {
    return { clusters: [], operation: undefined };
  }
}

/** A command's examples with the reader's own names: an existing cluster, or a free name where one is made. */
export function ownExamples({ examples }: Pick<Command, 'examples'>, own: Own): readonly string[] {
  const [cluster] = own.clusters;
  return examples.map((example) => {
    const named = CREATES.test(example)
      ? example.replace(EXAMPLE_CLUSTER, (name) => freeName(name, own.clusters))
      : example.replace(EXAMPLE_CLUSTER, (name) => cluster ?? name);
    return own.operation === undefined ? named : named.replace(EXAMPLE_OPERATION, own.operation);
  });
}

function freeName(name: string, taken: readonly string[]): string {
  for (let at = 2, free = name; ; at += 1) {
    if (!taken.includes(free)) return free;
    free = `${name}-${at}`;
  }
}
