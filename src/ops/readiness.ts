/** Says what is wrong, in words for a person and without secrets; undefined when nothing is. */
export type Check = () => Promise<string | undefined> | string | undefined;

/** How long a check may take before its silence is the answer, real milliseconds. */
const PATIENCE_MS = 2_000;

type Phase = 'starting' | 'running' | 'stopping';

/** Whether this process can do its work now. */
export class ProcessReadiness {
  readonly #checks = new Map<string, Check>();
  /** Parts that have worked, if only once. */
  readonly #worked = new Set<string>();
  #phase: Phase = 'starting';

  /** @param part `redis`, `slack` or `worker` */
  add(part: string, check: Check): void {
    this.#checks.set(part, check);
  }

  /** From now on the checks alone decide. */
  started(): void {
    if (this.#phase === 'starting') this.#phase = 'running';
  }

  /** From now on the process is not ready, whatever works: nothing new should come to it. */
  stopping(): void {
    this.#phase = 'stopping';
  }

  /** What is wrong, by part; undefined where nothing is. Never throws. */
  async parts(): Promise<Readonly<Record<string, string | undefined>>> {
    const entries = [...this.#checks].map(async ([part, check]) => {
      const wrong = await answerOf(part, check);
      if (wrong === undefined) this.#worked.add(part);
      return [part, wrong] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  /**
   * Everything that keeps the process from its work; empty when it is ready.
   * @param mayGo parts that are no reason any more once they have worked
   */
  async reasons(mayGo: readonly string[] = []): Promise<readonly string[]> {
    if (this.#phase === 'stopping') return ['This process is stopping.'];
    const wrong = Object.entries(await this.parts())
      .filter(([part]) => !(mayGo.includes(part) && this.#worked.has(part)))
      .flatMap(([, reason]) => reason ?? []);
    return this.#phase === 'starting' ? ['This process is starting.', ...wrong] : wrong;
  }
}

async function answerOf(part: string, check: Check): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`The check of ${part} gives no answer.`), PATIENCE_MS);
  });
  try {
    return await Promise.race([Promise.resolve(check()), late]);
  } catch {
    // What a library says may hold an address with its password.
    return `The check of ${part} ended with an error.`;
  } finally {
    clearTimeout(timer);
  }
}
