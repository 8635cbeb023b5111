import type { StepRecord } from '../../cluster/operation.ts';
import { TOKEN_EPOCH } from '../store/reopened.ts';

type Memory = NonNullable<StepRecord['memory']>;

/** Under this key a step remembers when the cloud first accepted what it asks for, and by which epoch of its token. */
const ACCEPTED = 'accepted';

/** @returns what a step remembers once the cloud has said yes to its create */
export function withAccepted(memory: Memory, at: number): Memory {
  return acceptedAt(memory) === undefined ? { [ACCEPTED]: `${epochOf(memory)} ${at}` } : {};
}

/** When the cloud first accepted what is asked for by the present token; undefined when it has not. */
export function acceptedAt(memory: Memory): number | undefined {
  const [epoch, at] = String(memory[ACCEPTED] ?? '').split(' ');
  return epoch === String(epochOf(memory)) ? Number(at) : undefined;
}

function epochOf(memory: Memory): number {
  return Number(memory[TOKEN_EPOCH] ?? 0);
}
