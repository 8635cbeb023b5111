import type { Command } from './command.ts';
import { approve } from './approve.ts';
import { cancel } from './cancel.ts';
import { clusters } from './clusters.ts';
import { createCluster } from './create-cluster.ts';
import { destroyCluster } from './destroy-cluster.ts';
import { help } from './help.ts';
import { history } from './history.ts';
import { ops } from './ops.ts';
import { plan } from './plan.ts';
import { reject } from './reject.ts';
import { repair } from './repair.ts';
import { retry } from './retry.ts';
import { rollback } from './rollback.ts';
import { scale } from './scale.ts';
import { status } from './status.ts';
import { testFly } from './test-fly.ts';

/** All commands, in the order that help shows. */
export const COMMANDS: readonly Command[] = [
  createCluster,
  status,
  scale,
  repair,
  plan,
  testFly,
  destroyCluster,
  clusters,
  ops,
  approve,
  reject,
  cancel,
  retry,
  rollback,
  history,
  help,
];
