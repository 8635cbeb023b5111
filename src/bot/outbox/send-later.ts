/** Not now: the message is to be sent after this long. */
export class SendLater extends Error {
  readonly ms: number;
  /** Whether something is wrong; else it is only not its turn. */
  readonly trouble: string | undefined;

  constructor(ms: number, trouble?: string) {
    super(trouble ?? 'not its turn yet');
    this.name = 'SendLater';
    this.ms = ms;
    this.trouble = trouble;
  }
}
