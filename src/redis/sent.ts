/**
 * Resolves once what promises of this turn send has been handed to its connection. Redis carries out the commands of a
 * connection in their order: what is sent from now on happens after it, whether its answer is there or not.
 */
export function sent(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
