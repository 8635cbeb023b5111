import type { Wish } from '../wish.ts';
import type { Answer } from '../wire.ts';

/** Sends a wish to the sandbox. Never throws: what goes wrong is told in the answer. */
export async function ask(wish: Wish): Promise<Answer> {
  try {
    const response = await fetch('/do', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(wish),
    });
    return (await response.json()) as Answer;
  } catch {
    return { ok: false, error: 'The sandbox does not answer; is it still running?' };
  }
}
