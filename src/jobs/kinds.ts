import { nothingLeft, rolledBack } from './tasks/nothing-left.ts';
import { RESOURCES } from './resources/list.ts';
import type { StepKind } from './resource.ts';
import { TASKS } from './tasks/list.ts';

/** Every kind of step that this version knows, by name. */
export function kindsByName(): ReadonlyMap<string, StepKind> {
  const kinds: StepKind[] = [...RESOURCES, ...TASKS];
  kinds.push(
    nothingLeft(() => kinds),
    rolledBack(() => kinds),
  );
  return new Map(kinds.map((kind) => [kind.kind, kind]));
}
