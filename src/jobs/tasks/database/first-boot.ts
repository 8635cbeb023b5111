import type { VisitResult } from '../../resource.ts';

/** What `cloud-init status` says before the first boot is over; an extended regular expression for `grep` too. */
export const BOOTING = '^status: (running|not run|not started)';

/** The first boot writes keys, logins and packages: what is read or written before does not last. */
export const STILL_BOOTING: VisitResult = {
  againMs: 5_000,
  why: 'the database host is still in its first boot (cloud-init)',
  phase: 'boot',
};
