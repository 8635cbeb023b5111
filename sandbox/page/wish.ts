import { z } from 'zod';

const Id = z.string().min(1).max(300);
const Text = z.string().max(40_000);
/** However long: what is too long for its field is said at the field. */
const Entry = z.union([z.string(), z.array(Text).max(100), z.null()]);
/** An element is in a message, in the home tab, or else in the open form; and there in a block. */
const Place = {
  channel: Id.optional(),
  ts: Id.optional(),
  isHome: z.boolean().optional(),
  block: Id,
  action: Id,
};

const Wish = z.discriminatedUnion('do', [
  z.object({ do: z.literal('command'), as: Id, channel: Id, text: Text }),
  z.object({ do: z.literal('say'), as: Id, channel: Id, text: Text.min(1), thread: Id.optional() }),
  z.object({ do: z.literal('click'), as: Id, ...Place, value: Text.optional() }),
  z.object({ do: z.literal('select'), as: Id, ...Place, choice: Entry }),
  z.object({ do: z.literal('submit'), as: Id, view: Id, values: z.record(Id, Entry) }),
  z.object({ do: z.literal('close'), as: Id }),
  z.object({ do: z.literal('open-home'), as: Id }),
  z.object({ do: z.literal('cut'), on: z.boolean() }),
  z.object({ do: z.literal('throttle'), on: z.boolean() }),
  z.object({ do: z.literal('slack-down'), on: z.boolean() }),
  z.object({ do: z.literal('kill-worker') }),
  z.object({ do: z.literal('speed'), speed: z.number().min(1).max(300) }),
]);

/** Something a person at the page wants done. */
export type Wish = z.infer<typeof Wish>;

/** @throws Error that says which field is wrong */
export function readWish(body: string): Wish {
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    throw new Error('The body must be JSON.');
  }
  const parsed = Wish.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map((one) => `${one.path.join('.')}: ${one.message}`).join('; '));
}
