import { afterAll, beforeAll, describe } from 'vitest';
import { build } from './seed-checklist/built.ts';
import type { Built } from './seed-checklist/built.ts';
import { databaseInstance } from './seed-checklist/database.ts';
import { definitions } from './seed-checklist/definitions.ts';
import { launchTemplates } from './seed-checklist/launch-template.ts';
import { entrance } from './seed-checklist/load-balancer.ts';
import { panelAndFlight } from './seed-checklist/panel-and-flight.ts';
import { scalingGroups } from './seed-checklist/scaling.ts';

let made: Built | undefined;

beforeAll(async () => {
  made = await build();
}, 150_000);

afterAll(() => made?.town.close());

/** Every step and value of the published guide to such clusters is a row; each is looked for in the world. */
describe('a cluster made by one command and one approval', () => {
  const built = () => {
    if (made === undefined) throw new Error('the cluster was not made');
    return made;
  };
  definitions(built);
  databaseInstance(built);
  launchTemplates(built);
  scalingGroups(built);
  entrance(built);
  panelAndFlight(built);
});
