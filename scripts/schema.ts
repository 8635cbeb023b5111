// Writes ams.schema.json: what editors know of ams.yaml. Run it after a change of the settings or of their table in
// docs/configuration.md (`npm run schema`); a test says when it was forgotten.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { Settings } from '../src/cluster/settings.ts';

type Schema = { [key: string]: unknown } & {
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
};

/** The JSON Schema (draft 7, which editors know best) of ams.yaml, each key described as the documents describe it. */
export function settingsSchema(configurationPage: string): Schema {
  const { $schema, ...rest } = z.toJSONSchema(Settings, { io: 'input', target: 'draft-7' }) as Schema;
  const described = describe(rest as Schema, '', meanings(configurationPage));
  return { $schema, title: 'Settings of ams-chatops (ams.yaml)', ...described };
}

/** As it is committed. */
export function schemaFile(configurationPage: string): string {
  return `${JSON.stringify(settingsSchema(configurationPage), undefined, 2)}\n`;
}

function describe(schema: Schema, at: string, words: ReadonlyMap<string, string>): Schema {
  const description = words.get(at);
  const { properties, additionalProperties: entry } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...schema,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, inner]) => [
              key,
              describe(inner, at === '' ? key : `${at}.${key}`, words),
            ]),
          ),
        }),
    ...(typeof entry === 'object' ? { additionalProperties: describe(entry, `${at}.<name>`, words) } : {}),
  };
}

/** Key to meaning, from the rows `| key | type | default | meaning | example |`. */
function meanings(page: string): ReadonlyMap<string, string> {
  const rows = page.slice(page.indexOf('\n## ams.yaml')).matchAll(/^\| `([^`]+)` \|(.+)\|$/gm);
  return new Map(
    [...rows].flatMap(([, key = '', rest = '']) => {
      const cells = rest.split(' | ').map((cell) => cell.trim());
      const meaning = cells[2];
      return cells.length === 4 && meaning !== undefined ? [[key, meaning.replaceAll('`', '')] as const] : [];
    }),
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync('ams.schema.json', schemaFile(readFileSync('docs/configuration.md', 'utf8')));
