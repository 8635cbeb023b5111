import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Ways to break an engine: what a suite that finds nothing has to find. */
export type Breakage =
  /** Creates without looking for what is there, and without keeping its token. */
  | 'blind'
  /** Takes what it asked for to be made when no answer comes. */
  | 'hopeful'
  /** Takes what it asked to be removed to be gone when no answer comes, and never looks whether anything is left. */
  | 'careless'
  /** Goes on with the steps that have begun when somebody has cancelled. */
  | 'deaf';

const EDITS: Readonly<Record<Breakage, readonly (readonly [file: string, before: string, after: string])[]>> =
  {
    blind: [
      [
        'jobs/steps/visit.js',
        'let found = ctx.isNew ? undefined : (madeJustNow(kind, ctx) ?? (await look(ctx)));',
        `const made = (globalThis.made ??= new Set());
      const blind = step.action === 'create' && !made.has(step.id);
      if (blind) { await kind.create(ctx); made.add(step.id); return { againMs: SOON_MS, why: 'made blindly' }; }
      let found = await look(ctx);`,
      ],
      [
        'jobs/steps/step-context.js',
        'clientToken(operation.id, step.id,',
        'clientToken(String(Math.random()), step.id,',
      ],
    ],
    hopeful: [
      [
        'jobs/steps/visit.js',
        'const made = await kind.create(ctx);',
        'const made = await kind.create(ctx).catch(() => ({}));',
      ],
    ],
    careless: [
      [
        'jobs/steps/visit.js',
        'const removed = await kind.remove(ctx, found);',
        "const removed = await kind.remove(ctx, found).catch(() => 'gone');",
      ],
      [
        'jobs/tasks/nothing-left.js',
        'const [observed, instances] = await',
        'if (ctx) return { done: true }; const [observed, instances] = await',
      ],
    ],
    deaf: [
      [
        'jobs/steps/step-runner.js',
        "if (operation.state !== 'running' || operation.run",
        'if (operation.run',
      ],
      ['jobs/store/visits.js', 'if (verdict !== 1)', 'if (verdict > 1)'],
    ],
  };

/**
 * A copy of the compiled product that is broken so. Whoever makes it removes it.
 * @returns its folder
 * @throws Error when the product does not read as it did when the breakage was thought of
 */
export async function brokenProduct(how: Breakage): Promise<string> {
  const folder = await mkdtemp(join('dist', 'broken-'));
  await cp(join('dist', 'src'), folder, { recursive: true });
  for (const [file, before, after] of EDITS[how]) {
    const path = join(folder, file);
    const text = await readFile(path, 'utf8');
    if (text.split(before).length !== 2) throw new Error(`${file} does not read "${before}" once`);
    await writeFile(
      path,
      text.replace(before, () => after),
    );
  }
  return folder;
}
