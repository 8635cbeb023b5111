import type { Log } from '../../src/jobs/log.ts';

/** For tests of what is not logged. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog };
