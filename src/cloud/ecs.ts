import { createAssistant } from './ecs/cloud-assistant.ts';
import type { Assistant } from './ecs/cloud-assistant.ts';
import { createImages } from './ecs/images.ts';
import type { Images } from './ecs/images.ts';
import { createInstances } from './ecs/instances.ts';
import type { Instances } from './ecs/instances.ts';
import { createKeyPairs } from './ecs/key-pairs.ts';
import type { KeyPairs } from './ecs/key-pairs.ts';
import { createSecurityGroups } from './ecs/security-groups.ts';
import type { SecurityGroups } from './ecs/security-groups.ts';
import { createStock } from './ecs/stock.ts';
import type { Stock } from './ecs/stock.ts';
import { createTemplates } from './ecs/templates.ts';
import type { Templates } from './ecs/templates.ts';
import type { Line } from './calling/line.ts';

/** ECS 2014-05-26 in a region. Every method throws CloudError when the cloud refuses or does not answer. */
export interface Ecs extends SecurityGroups, KeyPairs, Instances, Images, Templates, Stock {
  readonly assistant: Assistant;
}

/** @param line to ECS in the region */
export function createEcs(line: Line<'ecs'>): Ecs {
  return {
    ...createSecurityGroups(line),
    ...createKeyPairs(line),
    ...createInstances(line),
    ...createImages(line),
    ...createTemplates(line),
    ...createStock(line),
    assistant: createAssistant(line),
  };
}
