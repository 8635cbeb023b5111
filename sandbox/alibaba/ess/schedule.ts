/** When a scheduled task is due. Pure; all times are UTC. */

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A recurrence never reaches further than this. */
const HORIZON_DAYS = 400;

export interface Schedule {
  readonly LaunchTime?: string;
  readonly RecurrenceType?: string;
  readonly RecurrenceValue?: string;
  readonly RecurrenceEndTime?: string;
}

/** Reads `YYYY-MM-DDThh:mmZ`; undefined for anything else. */
export function readTime(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/.test(text)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** The first due moment after `after`, undefined when there is none any more. */
export function nextDue(schedule: Schedule, after: Date): Date | undefined {
  const first = schedule.LaunchTime === undefined ? undefined : readTime(schedule.LaunchTime);
  if (schedule.RecurrenceType === undefined) return first !== undefined && first > after ? first : undefined;
  const end = schedule.RecurrenceEndTime === undefined ? undefined : readTime(schedule.RecurrenceEndTime);
  const found = recurring(schedule, first ?? after, after);
  return found !== undefined && (end === undefined || found <= end) ? found : undefined;
}

function recurring(schedule: Schedule, first: Date, after: Date): Date | undefined {
  const value = schedule.RecurrenceValue ?? '';
  if (schedule.RecurrenceType === 'Cron') return cronDue(value, after);
  for (let day = 0; day < HORIZON_DAYS; day++) {
    const due = new Date(first.getTime() + day * DAY_MS);
    if (due > after && isDay(schedule.RecurrenceType ?? '', value, due, day)) return due;
  }
  return undefined;
}

function isDay(type: string, value: string, due: Date, daysSinceFirst: number): boolean {
  if (type === 'Daily') return daysSinceFirst % Math.max(1, Number(value) || 1) === 0;
  if (type === 'Weekly') return value.split(',').map(Number).includes(due.getUTCDay());
  const [from = 1, to = from] = value.split('-').map(Number);
  return type === 'Monthly' && due.getUTCDate() >= from && due.getUTCDate() <= to;
}

/** Five fields: minute, hour, day of month, month, day of week. */
function cronDue(expression: string, after: Date): Date | undefined {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = expression.trim().split(/\s+/);
  const start = Math.floor(after.getTime() / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  for (let days = 0; days < HORIZON_DAYS; days++) {
    const date = new Date(start + days * DAY_MS);
    const fits =
      fieldFits(day, date.getUTCDate()) &&
      fieldFits(month, date.getUTCMonth() + 1) &&
      fieldFits(weekday, date.getUTCDay());
    if (!fits) continue;
    const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
    for (let at = Math.max(start, midnight); at < midnight + DAY_MS; at += MINUTE_MS) {
      const time = new Date(at);
      if (fieldFits(hour, time.getUTCHours()) && fieldFits(minute, time.getUTCMinutes())) return time;
    }
  }
  return undefined;
}

function fieldFits(field: string, actual: number): boolean {
  return field.split(',').some((part) => {
    const [range = '*', step = '1'] = part.split('/');
    if (range === '*' || range === '?') return actual % Number(step) === 0;
    const [from = NaN, to = from] = range.split('-').map(Number);
    return actual >= from && actual <= to && (actual - from) % Number(step) === 0;
  });
}
