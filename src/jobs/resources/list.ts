import type { StepKind } from '../resource.ts';
import { certificate } from './certificate.ts';
import { database } from './database.ts';
import { dnsRecord } from './dns-record.ts';
import { keyPair } from './key-pair.ts';
import { launchTemplate } from './launch-template.ts';
import { listener } from './listener.ts';
import { loadBalancer } from './load-balancer.ts';
import { scalingGroup } from './scaling-group.ts';
import { scalingRule } from './scaling-rule.ts';
import { securityGroup } from './security-group.ts';
import { serverGroup } from './server-group.ts';
import { vpc } from './vpc.ts';
import { vswitch } from './vswitch.ts';

/** Every kind of cloud resource of a cluster. To add one is to add a file in this folder and a line here. */
export const RESOURCES: readonly StepKind[] = [
  vpc,
  vswitch,
  securityGroup,
  keyPair,
  certificate,
  serverGroup,
  loadBalancer,
  database,
  listener,
  launchTemplate,
  scalingGroup,
  scalingRule,
  dnsRecord,
];
