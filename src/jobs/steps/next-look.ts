import type { SeenWait } from './learned-waits.ts';

/** A wait that was over at its first look may have been over a little earlier: the next look comes by so much sooner, */
const SOONER = 0.97;
/** and by that much where it was a long wait, or one that all wait for: it may have been over long before. */
const MUCH_SOONER = 0.75;
/** Known to so much of itself, a moment is not worth another look; and where looks are few, if it is no more than that. */
const NARROW = 0.01;
/** The same where all others wait for it. */
const NARROW_AWAITED = 0.005;
const NARROW_PATIENT = 0.03;
const MOST_NARROW_PATIENT_MS = 4_000;
/** In so many parts a span is looked through, */
const PARTS = 2;
/** and in so many where many wait and look together: those due at one moment may share what they read. */
const PARTS_TOGETHER = 4;
/** Where waits differ, of them that many were over when the first look comes; and where looks are few. */
const FIRST_OVER = 0.1;
const SURELY_OVER = 0.75;
/** Where looks are few, one that serves nobody else comes by so much later: some nodes are healthy a probe after others. */
const SURELY_LATER = 0.02;
/** So much later a thing may be seen to be ready, unscaled, rather than that one look more be made; and where looks are few. */
const LOOK_WORTH_MS = 500;
const LOOK_WORTH_PATIENT_MS = 2_000;
/** Longer than any wait before, one is taken to last as long again, and so much of itself at least, */
const LEAST_OVERDUE = 0.02;
/** but for so many looks: it may merely have been looked at a moment too early. */
const CLOSE_LOOKS = 2;
/** What took so many times as long as the others, since stock came late for one, says nothing of them. */
const STRANGE = 4;
/** Looks are no closer than so much of the time waited, */
const LEAST_GAP = 0.005;
/** and never closer than this, unscaled: each look is a request. */
const LEAST_GAP_MS = 100;
/** Of waits that always ended at one moment, so far as was seen, so many are looked at between these parts of it: */
const SCOUTS = 0.15;
const SCOUT_FROM = 0.75;
const SCOUT_TO = 0.95;
/** else nobody would see that they have become shorter, which matters for waits from this long on, unscaled. */
const SCOUTED_MS = 10_000;
/** What has time is looked at later than its wait should be over, by so much of its time, which others of its plan share, */
const SPARE = 1 / 16;
/** though no later than this, unscaled, or so much of a long wait: a single look finds it over. */
const MOST_SPARE_MS = 1_000;
const MOST_SPARE = 0.05;
/** With nothing learned yet looks come after so much of the usual duration: things are rarely faster. */
const UNKNOWN_MOMENTS = [0.75, 1] as const;
/** Short ones are looked at earlier besides: a single look would tell little of when they are over. */
const UNKNOWN_SHORT_MOMENTS = [0.5, 0.75, 1] as const;
/** More often from that part on where others are likely to wait for them. */
const UNKNOWN_SHORT_FROM = 0.5;
/** Once where a thing goes: the few seconds are next to nothing of a removal. */
const UNKNOWN_SHORT_LATE_MOMENTS = [1] as const;
/** Where it is meant to last so long at least, few looks come before, for a cloud that has no need of that time. */
const LEAST_MOMENTS = [0.5, 1] as const;
/** After that looks are so much of the time waited apart, */
const UNKNOWN_GAP = 0.1;
const LEAST_KNOWN_GAP = 0.015;
/** and no closer than this, unscaled. */
const LEAST_UNKNOWN_MS = 500;
/** Looks that cost nobody a request come closer: so much of the time waited apart, and no closer than this, unscaled. */
const CHEAP_GAP = 0.01;
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
