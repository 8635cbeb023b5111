// Puts the product and the libraries that every start loads into few files, dist/product: reading and linking a
// thousand small ones takes longer than all the rest of a start. Packages that only some need stay what they are.
import { join, resolve } from 'node:path';
import { build } from 'vite';

const ROOT = resolve(import.meta.dirname ?? '.', '..');
/** Loaded when first used, if at all, or with native parts. */
const APART =
  /^(?:@opentelemetry|@bull-board|@resvg|@fontsource)\/|^(?:bullmq-otel|msgpackr-extract|node-ssh)$/;

/** The list of all models of a generated SDK: a thousand classes, of which we use some thirty. */
const MODELS = /@alicloud[\\/][^\\/]+[\\/]dist[\\/]models[\\/]model\.js$/;

/** Lets each model of a generated SDK be loaded when it is first asked for, instead of all of them with the client. */
const lazyModels = {
  name: 'lazy-models',
  transform: {
    filter: { id: MODELS },
    handler(code) {
      const files = new Map();
      const lazy = code
        .replaceAll(/^(?:var|const) (\w+_\d+) = require\((".+?")\);$/gm, (_all, name, file) => {
          files.set(name, file);
          return '';
        })
        .replaceAll(/return (\w+_\d+)\.(\w+);/g, (_all, name, model) => {
          if (!files.has(name)) throw new Error(`${name} in a list of models is of no file.`);
          return `return require(${files.get(name)}).${model};`;
        });
      if (files.size === 0) throw new Error('A list of models has another form than it had.');
      return { code: lazy, map: null };
    },
  },
};

await build({
  root: ROOT,
  configFile: false,
  plugins: [lazyModels],
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
