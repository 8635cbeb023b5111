import type { SeenWait } from './learned-waits.ts';

// Times are unscaled milliseconds. A wait is "patient" where many wait and looks are few (Usual.isPatient).

/** An earlier wait that was over at its first look: the next first look comes at this share of it. */
const SOONER = 0.97;
/** After such a wait it comes at this share, unless that was below SCOUTED_MS and has slack or may be seen late. */
const MUCH_SOONER = 0.75;
/** A span no wider than this share of its end is not narrowed further, where the wait has slack. */
const NARROW = 0.01;
/** The same where the wait has no slack. */
const NARROW_AWAITED = 0.005;
/** The same for a patient wait, at most MOST_NARROW_PATIENT_MS. */
const NARROW_PATIENT = 0.03;
/** The widest span that NARROW_PATIENT leaves as it is. */
const MOST_NARROW_PATIENT_MS = 4_000;
/** Looks divide a span into this many parts. */
const PARTS = 2;
/** The same for a patient wait whose looks others share. */
const PARTS_TOGETHER = 4;
/** Where waits differ: the quantile of earlier waits at which the first look comes. */
const FIRST_OVER = 0.1;
/** The same for a patient wait; for others, the latest that spare time puts the first look off to. */
const SURELY_OVER = 0.75;
/** A patient look that serves one wait alone comes later by this share: load balancer probes end apart. */
const SURELY_LATER = 0.02;
/** The lateness that one more look is worth. */
const LOOK_WORTH_MS = 500;
/** The same for a patient wait. It also limits what SURELY_LATER adds. */
const LOOK_WORTH_PATIENT_MS = 2_000;
/** A wait longer than all before is expected to last at least this share of itself longer, after CLOSE_LOOKS looks. */
const LEAST_OVERDUE = 0.02;
/** For so many looks LEAST_OVERDUE does not count: the first may merely have come too early. */
const CLOSE_LOOKS = 2;
/** Earlier waits above this many times the median do not count (stock came late), until the wait itself is as long. */
const STRANGE = 4;
/** The shortest pause, as a share of the time waited. */
const LEAST_GAP = 0.005;
/** The shortest pause: each look is a request. */
const LEAST_GAP_MS = 100;
/** The share of waits of one known duration that are looked at early, so that a faster cloud is noticed. */
const SCOUTS = 0.15;
/** The early look comes at this share of that duration at the earliest. */
const SCOUT_FROM = 0.75;
/** The early look comes before this share of that duration. */
const SCOUT_TO = 0.95;
/** Shorter waits are not looked at early. */
const SCOUTED_MS = 10_000;
/** A wait that may be seen late is looked at later by this share of its slack: steps of one plan share that slack. */
const SPARE = 1 / 16;
/** What SPARE adds is at most this, or MOST_SPARE where that is more. */
const MOST_SPARE_MS = 1_000;
/** The same as a share of the duration: one look finds a long wait over. */
const MOST_SPARE = 0.05;
/** With nothing learned yet, looks come at these shares of the typical duration: things are rarely faster. */
const UNKNOWN_MOMENTS = [0.75, 1] as const;
/** The same for a duration up to SCOUTED_MS: a single look would tell little of when such a wait is over. */
const UNKNOWN_SHORT_MOMENTS = [0.5, 0.75, 1] as const;
/** The same where others are likely to wait for it: from this share on, a look every UNKNOWN_GAP of the duration. */
const UNKNOWN_SHORT_FROM = 0.5;
/** The same where it may be seen late, so for removals: one look. */
const UNKNOWN_SHORT_LATE_MOMENTS = [1] as const;
/** With nothing learned yet, looks come at these shares of the least duration: a cloud may need less. */
const LEAST_MOMENTS = [0.5, 1] as const;
/** With nothing learned yet, once those moments are past, the pause is this share of the time waited. */
const UNKNOWN_GAP = 0.1;
/** The same where the least duration is known. */
const LEAST_KNOWN_GAP = 0.015;
/** With nothing learned yet, the shortest pause where a typical duration is known; else the usual interval. */
const LEAST_UNKNOWN_MS = 500;
/** The same as UNKNOWN_GAP for looks that cost the cloud no request. */
const CHEAP_GAP = 0.01;
/** The shortest pause between looks that cost the cloud no request. */
const LEAST_CHEAP_MS = 1_000;

/** What is known of a wait beforehand, unscaled. */
export interface Usual {
  /** The interval when nothing else is known. */
  readonly usualMs: number;
  /** How long such things usually take, where that is known. */
  readonly typicalMs?: number | undefined;
  /** How long this one is meant to take at least, where that is known. */
  readonly leastMs?: number | undefined;
  /** Looks are at least so far apart once the wait is overdue. */
  readonly leastGapMs?: number | undefined;
  /** Many wait, and looks are few: none before such a wait was ever over. */
  readonly isPatient?: boolean | undefined;
  /** What is looked at is read for this wait alone, however many wait for the like. */
  readonly isAlone?: boolean | undefined;
  /** A look costs no request of the cloud's. */
  readonly isCheap?: boolean | undefined;
  /** So much later it may be over without delaying anything, by usual durations, unscaled. */
  readonly slackMs?: number | undefined;
  /** Within that it may be seen later than it is over: nobody waits for it. */
  readonly mayBeLate?: boolean | undefined;
  /** 0 to below 1: chance decides which waits are looked at early, none where it is not given. */
  readonly chance?: number | undefined;
}

/** The next pause, unscaled, and whether it ends at a moment where the wait may be over. */
export interface NextLook {
  readonly inMs: number;
  readonly likely: boolean;
  /** It ends later than need be: if the wait is over then, that tells nothing of when. */
  readonly isLate?: true;
}

/**
 * When to look at something again. Without anything learned, by how long such things usually take, and where nobody
 * knows that, after the usual interval; the longer it takes, the more slowly. Else at the moment that earlier waits of
 * its kind point to; then so that what looks cost and what is lost by coming late are as little as possible together.
 * @param elapsedMs since the wait began, unscaled
 * @param looks how often it was looked at when it might have been ready
 */
export function nextLook(
  seen: readonly SeenWait[],
  elapsedMs: number,
  looks: number,
  usual: Usual,
): NextLook {
  if (seen.length === 0) return unknownPause(elapsedMs, usual);
  const { leastGapMs = LEAST_GAP_MS } = usual;
  const { moments, waits, isOne, spareMs } = expected(seen, usual);
  const scout = isOne ? scoutMoment(waits[0] ?? 0, usual) : 0;
  if (looks === 0 && elapsedMs < scout * SCOUT_FROM) return { inMs: scout - elapsedMs, likely: true };
  const next = moments.find((moment) => elapsedMs < moment - LEAST_GAP_MS / 2);
  if (next !== undefined) {
    const inMs = next - elapsedMs;
    return spareMs > 0 ? { inMs: inMs + spareMs, likely: true, isLate: true } : { inMs, likely: true };
  }
  // Looks and lateness cost least together when looks are the closer the sooner the wait is likely to be over: J. B.
  // Keller, Optimum Checking Schedules for Systems Subject to Random Failure (1974), for the hazard one over what is left.
  const worth = usual.isPatient === true ? LOOK_WORTH_PATIENT_MS : LOOK_WORTH_MS;
  const gap = Math.sqrt(2 * worth * residualMs(waits, elapsedMs, looks));
  return { inMs: Math.max(gap, elapsedMs * LEAST_GAP, leastGapMs), likely: true };
}

/** Nobody has seen such a wait yet. */
function unknownPause(elapsedMs: number, usual: Usual): NextLook {
  const { usualMs, typicalMs, leastMs, slackMs = 0, chance = 1 } = usual;
  // What may end later by all of that duration is looked at but once, after all of it.
  const isSpared = typicalMs !== undefined && slackMs >= typicalMs && chance >= SCOUTS;
  if (isSpared && leastMs === undefined && elapsedMs < typicalMs - LEAST_GAP_MS / 2) {
    const spareMs = spareOf(typicalMs, usual);
    const inMs = typicalMs + spareMs - elapsedMs;
    return spareMs > 0 ? { inMs, likely: false, isLate: true } : { inMs, likely: false };
  }
  const moments =
    leastMs === undefined
      ? unknownMoments(typicalMs ?? 0, usual)
      : LEAST_MOMENTS.map((part) => part * leastMs);
  const next = moments.find((moment) => elapsedMs < moment - LEAST_GAP_MS / 2);
  if (next !== undefined) return { inMs: next - elapsedMs, likely: false };
  // Of many that wait, each costs this computer something all the same.
  if (usual.isCheap === true && usual.isPatient !== true)
    return { inMs: Math.max(LEAST_CHEAP_MS, elapsedMs * CHEAP_GAP), likely: false };
  const least = typicalMs === undefined ? usualMs : LEAST_UNKNOWN_MS;
  const inMs = Math.max(least, elapsedMs * (leastMs === undefined ? UNKNOWN_GAP : LEAST_KNOWN_GAP));
  return { inMs, likely: false };
}

function unknownMoments(typicalMs: number, usual: Usual): readonly number[] {
  const { slackMs = 0, mayBeLate = false, isPatient = false } = usual;
  const isShort = typicalMs <= SCOUTED_MS;
  if (isShort && slackMs < typicalMs && !mayBeLate && !isPatient) {
    const from = typicalMs * UNKNOWN_SHORT_FROM;
    const gapMs = Math.max(LEAST_UNKNOWN_MS, typicalMs * UNKNOWN_GAP);
    const count = Math.floor((typicalMs - from) / gapMs);
    return Array.from({ length: count + 1 }, (_, nth) => from + nth * gapMs);
  }
  const short = mayBeLate ? UNKNOWN_SHORT_LATE_MOMENTS : UNKNOWN_SHORT_MOMENTS;
  const parts: readonly number[] = isShort ? short : UNKNOWN_MOMENTS;
  return parts.map((part) => part * typicalMs);
}

/** What earlier waits tell of the next one. */
interface Expected {
  /** To look at before anything else. */
  readonly moments: readonly number[];
  /** How long they took, the shortest first: a single one where all may have taken the same time. */
  readonly waits: readonly number[];
  readonly isOne: boolean;
  /** The look may come so much later than at those moments. */
  readonly spareMs: number;
}

/**
 * Each wait before tells a span in which it ended. Where one moment lies in all of the spans, such waits are taken to be
 * alike: what the spans have in common is halved with each wait until it is narrow. Where none does, they differ.
 */
function expected(seen: readonly SeenWait[], usual: Usual): Expected {
  const { isPatient = false, isAlone = false, slackMs = 0, mayBeLate = false } = usual;
  const from = Math.max(...seen.map(({ lasted }) => lasted));
  const to = Math.min(...seen.map((one) => one.over));
  const one = { waits: [to], isOne: true };
  const spareMs = spareOf(to, usual);
  const laterMs = Math.min(to * SURELY_LATER, LOOK_WORTH_PATIENT_MS);
  const surely = isPatient && isAlone && spareMs === 0 ? to + laterMs : to;
  if (from === 0) {
    // What may end later by all of its time need not be known any better.
    if (spareMs > 0 && slackMs >= to) return { ...one, moments: [to], spareMs };
    const isSlight = to < SCOUTED_MS && (slackMs > 0 || mayBeLate);
    const sooner = to * (isSlight ? SOONER : MUCH_SOONER);
    return { ...one, moments: isPatient ? [surely] : [sooner, to], spareMs: 0 };
  }
  if (from < to) {
    const narrow = isPatient ? Math.min(to * NARROW_PATIENT, MOST_NARROW_PATIENT_MS) : 0;
    const least = to * (slackMs > 0 ? NARROW : NARROW_AWAITED);
    if (to - from <= Math.max(narrow, least, LEAST_GAP_MS, spareMs))
      return { ...one, moments: [surely], spareMs };
    const parts = isPatient && !isAlone ? PARTS_TOGETHER : PARTS;
    return { ...one, moments: between(from, to, parts), spareMs: 0 };
  }
  const waits = estimates(seen).toSorted((a, b) => a - b);
  const first = isPatient
    ? quantile(waits, SURELY_OVER)
    : Math.min(quantile(waits, SURELY_OVER), quantile(waits, FIRST_OVER) + spareOf(waits[0] ?? 0, usual));
  return { moments: [first], waits, isOne: false, spareMs: 0 };
}

/** How much later than need be a wait may be looked at. */
function spareOf(usuallyMs: number, { slackMs = 0, mayBeLate = false }: Usual): number {
  if (!mayBeLate) return 0;
  return Math.min(slackMs * SPARE, Math.max(MOST_SPARE_MS, usuallyMs * MOST_SPARE));
}

/** The ends of so many equal parts of a span, of fewer where they would be too close. */
function between(from: number, to: number, parts: number): readonly number[] {
  const count = Math.min(parts, Math.floor((to - from) / LEAST_GAP_MS));
  return Array.from({ length: count }, (_, nth) => from + ((nth + 1) * (to - from)) / count);
}

/** When one of the few looks at a wait that mostly takes so long; 0: it does not. */
function scoutMoment(usuallyMs: number, { chance = 1, isPatient = false }: Usual): number {
  if (isPatient || chance >= SCOUTS || usuallyMs < SCOUTED_MS) return 0;
  return usuallyMs * (SCOUT_FROM + (SCOUT_TO - SCOUT_FROM) * (chance / SCOUTS));
}

/** How much longer a wait lasts in the mean, by those that lasted longer. @param waits the shortest first */
function residualMs(waits: readonly number[], elapsedMs: number, looks: number): number {
  const strange = median(waits) * STRANGE;
  const usual = elapsedMs > strange ? waits : waits.filter((wait) => wait <= strange);
  const longer = usual.filter((wait) => wait > elapsedMs);
  if (longer.length > 0) return longer.reduce((sum, wait) => sum + wait - elapsedMs, 0) / longer.length;
  const [shortest = 0, longest = 0] = [usual[0], usual.at(-1)];
  const atLeast = looks < CLOSE_LOOKS ? 0 : elapsedMs * LEAST_OVERDUE;
  return Math.max(elapsedMs - longest, (longest - shortest) / 2, atLeast);
}

/**
 * How long waits that differ took. The middle of its span tells that well where the span is narrow. Where it is wide,
 * since looks were few, the wait is taken to have been as the others were, as far as its span allows.
 */
function estimates(seen: readonly SeenWait[]): readonly number[] {
  const width = ({ lasted, over }: SeenWait): number => over - lasted;
  const middle = ({ lasted, over }: SeenWait): number => (lasted + over) / 2;
  const usualWidth = median(seen.map(width));
  const narrow = seen.filter((one) => width(one) <= usualWidth);
  const usually = median(narrow.map(middle));
  return seen.map((one) => {
    if (width(one) <= usualWidth) return middle(one);
    if (one.over < usually) return Math.max(middle(one), one.over * SOONER);
    return Math.max(usually, one.lasted);
  });
}

function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

/** @param sorted the least first; not empty */
function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
}
