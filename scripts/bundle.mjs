// Puts the product and the libraries that every start loads into few files, dist/product: reading and linking a
// thousand small ones takes longer than all the rest of a start. Packages that only some need stay what they are.
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { leanSdk } from './lean-sdk.mjs';
import { narrow } from './narrow.mjs';

const ROOT = resolve(import.meta.dirname ?? '.', '..');
/** Loaded when first used, if at all, or with native parts. */
const APART =
  /^(?:@opentelemetry|@bull-board|@resvg|@fontsource)\/|^(?:bullmq-otel|msgpackr-extract|node-ssh)$/;

await build({
  root: ROOT,
  configFile: false,
  plugins: [leanSdk(ROOT), narrow()],
  logLevel: 'warn',
  ssr: { noExternal: true, external: [] },
  define: { __dirname: 'import.meta.dirname' },
  resolve: { mainFields: ['module', 'main'] },
  build: {
    ssr: true,
    outDir: join('dist', 'product'),
    emptyOutDir: true,
    target: 'node20',
    sourcemap: true,
    minify: false,
    rolldownOptions: {
      // The second draws pictures in a process of its own.
      input: {
        main: join(ROOT, 'src', 'main.ts'),
        'draw-process': join(ROOT, 'src', 'bot', 'chart', 'draw-process.ts'),
      },
      external: APART,
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash].js',
        // Names stay, so that stacks can be read; what is not there need not be held in memory.
        minify: { compress: false, mangle: false, codegen: true },
      },
    },
  },
});
