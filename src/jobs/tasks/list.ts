import type { StepKind } from '../resource.ts';
import { admin } from './admin.ts';
import { clusterPorts } from './cluster-ports.ts';
import { databaseInstall } from './database-install.ts';
import { nodes } from './nodes.ts';
import { testFlight } from './test-flight.ts';

/** Steps that are no cloud resource. To add one is to add a file in this folder and a line here. */
export const TASKS: readonly StepKind[] = [databaseInstall, nodes, clusterPorts, admin, testFlight];
