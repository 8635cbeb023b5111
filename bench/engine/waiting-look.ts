/** How often each waiting step looks. */
export const LOOK_MS = 10_000;
