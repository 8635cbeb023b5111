import { defineConfig } from 'vitest/config';
import usual from './vitest.config.ts';

/** What takes too long for every run: `npm run test:long`. */
export default defineConfig({
  test: { ...usual.test, include: ['test/{chaos,long}/**/*.long.ts'] },
});
