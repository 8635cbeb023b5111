/** What the composer offers after `/ams`. The bot's own `/ams help` is the truth; a test compares the two. */
export interface Hint {
  readonly command: string;
  readonly usage: string;
  readonly summary: string;
  readonly options: readonly (readonly [option: string, meaning: string])[];
}

const GROUP_OPTIONS = ['origin', 'edge'].flatMap(
  (role) =>
    [
      [`--${role}`, `how many ${role} nodes to begin with`],
      [`--${role}-min`, `never fewer ${role} nodes`],
      [`--${role}-max`, `never more ${role} nodes`],
      [`--${role}-type`, `instance type of the ${role} nodes`],
    ] as const,
);

const CREATE_OPTIONS: Hint['options'] = [
  ...GROUP_OPTIONS,
  ['--domain', 'what viewers and publishers use'],
  ['--region', 'where'],
  ['--zones', 'two or more zone ids, separated by commas'],
  ['--certificate', 'a configured certificate'],
  ['--mongo-type', 'instance type of the database'],
];

export const HINTS: readonly Hint[] = [
  {
    command: 'create-cluster',
    usage: '[name] [--option value …]',
    summary: 'plan a new cluster; without options a form opens',
    options: CREATE_OPTIONS,
  },
  {
    command: 'status',
    usage: '[cluster]',
    summary: 'nodes, load balancer and health, as they are now',
    options: [],
  },
  {
    command: 'scale',
    usage: '<origin|edge> <n, +n or -n> [cluster]',
    summary: 'more or fewer nodes',
    options: [['--with-limits', 'move the limits of the group too']],
  },
  {
    command: 'plan',
    usage: '<create-cluster|scale|repair|destroy-cluster> …',
    summary: 'only look at a plan',
    options: CREATE_OPTIONS,
  },
  {
    command: 'test-fly',
    usage: '[cluster]',
    summary: 'fetch the publish and play pages, check TLS and the WebSocket',
    options: [],
  },
  {
    command: 'destroy-cluster',
    usage: '<cluster>',
    summary: 'remove a cluster with all that is in it',
    options: [['--confirm', "the cluster's name again"]],
  },
  { command: 'clusters', usage: '', summary: 'all clusters', options: [] },
  {
    command: 'ops',
    usage: '[cluster or operation]',
    summary: 'operations and how they stand',
    options: [['--live', 'only those that are not over']],
  },
  { command: 'approve', usage: '<operation>', summary: 'approve a plan', options: [] },
  { command: 'reject', usage: '<operation> [reason]', summary: 'reject a plan', options: [] },
  { command: 'cancel', usage: '<operation>', summary: 'stop an operation', options: [] },
  { command: 'retry', usage: '<operation>', summary: 'go on where an operation stopped', options: [] },
  {
    command: 'repair',
    usage: '[cluster]',
    summary: 'plan whatever differs from what the cluster should be',
    options: [],
  },
  { command: 'rollback', usage: '<operation>', summary: 'undo what a stopped operation made', options: [] },
  { command: 'history', usage: '[cluster]', summary: 'who did what, and when', options: [] },
  { command: 'help', usage: '[command]', summary: 'all commands, or one with its options', options: [] },
];

/** One line of the list above the composer. */
export interface Completion {
  /** What the line becomes. */
  readonly text: string;
  readonly label: string;
  readonly usage: string;
  readonly summary: string;
}

/** What the typed text may become; empty when there is nothing to offer. */
export function completionsOf(typed: string): Completion[] {
  if (!typed.startsWith('/')) return [];
  if ('/ams'.startsWith(typed)) return commandsLike('');
  const rest = /^\/ams\s+(.*)$/s.exec(typed)?.[1];
  if (rest === undefined) return [];
  if (!rest.includes(' ')) {
    const found = commandsLike(rest.toLowerCase());
    // A command that stands there in full needs no help.
    return found.length === 1 && found[0]?.text.trim() === typed.trim() ? [] : found;
  }
  const hint = HINTS.find((one) => one.command === rest.split(' ')[0]);
  const begun = /(?:^|\s)(--[a-z-]*)$/.exec(rest)?.[1];
  if (hint === undefined || begun === undefined) return [];
  return hint.options
    .filter(([option]) => option.startsWith(begun) && option !== begun && !rest.includes(`${option} `))
    .map(([option, meaning]) => ({
      text: `${typed.slice(0, typed.length - begun.length)}${option} `,
      label: option,
      usage: '',
      summary: meaning,
    }));
}

function commandsLike(begun: string): Completion[] {
  return HINTS.filter((hint) => hint.command.startsWith(begun)).map((hint) => ({
    text: `/ams ${hint.command} `,
    label: `/ams ${hint.command}`,
    usage: hint.usage,
    summary: hint.summary,
  }));
}
