import type { ReactNode } from 'react';

const GREEN = '#23a55a';
const RED = '#e0334c';
const AMBER = '#f0a020';
const BLUE = '#3b8fe8';
const GREY = '#9aa0aa';

/** A drawing on 24 by 24: shapes to fill, lines to stroke. */
interface Sign {
  readonly fill?: readonly (readonly [colour: string, path: string])[];
  readonly lines?: readonly (readonly [colour: string, path: string])[];
}

const DISC = 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18z';
const SQUARE = 'M6 3h12a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3H6a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3z';
const DIAMOND = 'M12 6l6 6-6 6-6-6z';

/**
 * The emoji that the bot uses, drawn: a computer without a font for emoji shows them too. Others are left to the font.
 */
const SIGNS: Readonly<Record<string, Sign>> = {
  white_circle: { lines: [[GREY, 'M12 4.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15z']] },
  large_blue_circle: { fill: [[BLUE, DISC]] },
  large_green_circle: { fill: [[GREEN, DISC]] },
  large_yellow_circle: { fill: [[AMBER, DISC]] },
  red_circle: { fill: [[RED, DISC]] },
  small_blue_diamond: { fill: [[BLUE, DIAMOND]] },
  small_orange_diamond: { fill: [[AMBER, DIAMOND]] },
  white_check_mark: { fill: [[GREEN, SQUARE]], lines: [['#fff', 'M7 12.5l3.5 3.5L17 9']] },
  x: { lines: [[RED, 'M5 5l14 14M19 5L5 19']] },
  no_entry: { fill: [[RED, DISC]], lines: [['#fff', 'M7.5 12h9']] },
  no_entry_sign: { lines: [[RED, 'M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16zM6.5 6.5l11 11']] },
  octagonal_sign: { fill: [[RED, 'M8 3h8l5 5v8l-5 5H8l-5-5V8z']] },
  warning: {
    fill: [[AMBER, 'M12 2.5L23 21.5H1z']],
    lines: [['#1d1c1d', 'M12 9v6M12 18v.4']],
  },
  rotating_light: {
    fill: [[RED, 'M6 18v-6a6 6 0 0 1 12 0v6zM4 19h16v3H4z']],
    lines: [[RED, 'M12 1v2M3 5l2 2M21 5l-2 2']],
  },
  heavy_plus_sign: { lines: [[GREEN, 'M12 4v16M4 12h16']] },
  heavy_minus_sign: { lines: [[RED, 'M4 12h16']] },
  pencil2: { lines: [[AMBER, 'M4 20l1-5L16 4l4 4L9 19zM14 6l4 4']] },
  mag: { lines: [[BLUE, 'M10 4a6 6 0 1 0 0 12a6 6 0 1 0 0-12zM14.5 14.5L21 21']] },
  hourglass_flowing_sand: {
    fill: [[AMBER, 'M8 19l4-5 4 5z']],
    lines: [[AMBER, 'M6 3h12M6 21h12M7 3c0 6 10 12 10 18M17 3c0 6-10 12-10 18']],
  },
  alarm_clock: { lines: [[RED, 'M12 5a8 8 0 1 0 0 16a8 8 0 1 0 0-16zM12 9v4l3 2M3 6l3-3M21 6l-3-3']] },
  gear: {
    lines: [
      [
        GREY,
        'M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8zM12 2.5V6M12 18v3.5M2.5 12H6M18 12h3.5M5.3 5.3l2.5 2.5M16.2 16.2l2.5 2.5M18.7 5.3l-2.5 2.5M7.8 16.2l-2.5 2.5',
      ],
    ],
  },
  tv: { lines: [[BLUE, 'M3 8h18v12H3zM8 3l4 5 4-5']] },
  satellite_antenna: {
    fill: [[BLUE, 'M4 9a11 11 0 0 0 11 11z']],
    lines: [[BLUE, 'M10 14l4-4M14 5a5 5 0 0 1 5 5M14 1.5a8.5 8.5 0 0 1 8.5 8.5']],
  },
  globe_with_meridians: {
    lines: [[BLUE, `${DISC}M3 12h18M12 3c-6 5-6 13 0 18M12 3c6 5 6 13 0 18`]],
  },
  information_source: { fill: [[BLUE, SQUARE]], lines: [['#fff', 'M12 11v6M12 7v.4']] },
  arrows_counterclockwise: {
    lines: [[BLUE, 'M4 11a8 8 0 0 1 14-4l2 2M20 4v5h-5M20 13a8 8 0 0 1-14 4l-2-2M4 20v-5h5']],
  },
  raised_hand: {
    lines: [[AMBER, 'M7 13V6M10.5 12V3.5M14 12V4M17.5 13V6.5M7 13l-2.5-2.5M7 13c0 5 2 8 5.5 8s5-3 5-8']],
  },
  tada: {
    fill: [[AMBER, 'M3 21l5-12 7 7z']],
    lines: [
      [RED, 'M14 8c0-2 1-3 3-3M16 12c2-1 4-1 5 1'],
      [BLUE, 'M11 5V3M20 8h1.5M18 2v1'],
    ],
  },
  rocket: {
    fill: [[BLUE, 'M21 3c-7 0-11 4-13 9l4 4c5-2 9-6 9-13zM7 12l-4 2 3 1zM12 17l-2 4-1-3z']],
    lines: [[AMBER, 'M6 18l-3 3']],
  },
  airplane: {
    fill: [
      [BLUE, 'M21 3c1 1 0 3-2 5l-3 3 2 8-2 1-4-6-4 4v3l-1 1-2-4-4-2 1-1h3l4-4-6-4 1-2 8 2 3-3c2-2 4-3 5-2z'],
    ],
  },
};

/** An emoji by its name: drawn where we can, by the font otherwise, and as it was typed when there is no such one. */
export function Emoji(props: { readonly name: string; readonly fallback?: string }): ReactNode {
  const sign = SIGNS[props.name];
  if (sign === undefined)
    return props.fallback === undefined || props.fallback === '' ? `:${props.name}:` : props.fallback;
  return (
    <svg className="emoji" viewBox="0 0 24 24" role="img" aria-label={props.name.replaceAll('_', ' ')}>
      {sign.fill?.map(([colour, path]) => (
        <path key={path} d={path} fill={colour} />
      ))}
      {sign.lines?.map(([colour, path]) => (
        <path
          key={path}
          d={path}
          fill="none"
          stroke={colour}
          strokeWidth={2.4}
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      ))}
    </svg>
  );
}
