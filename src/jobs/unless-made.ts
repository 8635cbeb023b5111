import type { Operation } from '../cluster/operation.ts';

/**
 * A change that may be tried again. What got no answer of Redis is sent once more when the connection is back, so a change
 * may find that it was made by itself.
 */
export function unlessMade(
  isMade: (operation: Operation) => boolean,
  change: (operation: Operation) => Operation,
): (operation: Operation) => Operation {
  let isTried = false;
  return (operation) => {
    if (isTried && isMade(operation)) return operation;
    isTried = true;
    return change(operation);
  };
}
