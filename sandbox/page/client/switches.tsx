import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Controls } from '../wire.ts';
import { ask } from './ask.ts';

const FASTEST = 300;
/** The slider goes from 0 to this, evenly by ratio. */
const STEPS = 100;

/** What each switch does; said while it is on, too, since not everybody has a pointer to rest on it. */
const MEANS = {
  cut: 'The connection is cut after the next CreateLoadBalancer: it is made, and nobody hears of it.',
  throttle: 'Again and again an API call is refused as one too many; the bot makes it once more.',
  slackDown: 'Nothing gets through to Slack, nor from it. What is under way in the cloud goes on.',
  kill: 'SIGKILL in the middle of whatever it does; another one starts 3 seconds later.',
  pace: 'The bot follows the new pace when what runs now has ended.',
  calm: 'Break something, and watch the bot get over it.',
} as const;

type Topic = keyof typeof MEANS;

/** Time, and the faults that one may let loose. */
export function Switches(props: { readonly controls: Controls }): ReactNode {
  const { controls } = props;
  const [held, setHeld] = useState<number | undefined>();
  const speed = held === undefined ? controls.speed : Math.round(FASTEST ** (held / STEPS));

  const topic = useNewest([
    ...(controls.cut === 'armed' ? (['cut'] as const) : []),
    ...(controls.throttle ? (['throttle'] as const) : []),
    ...(controls.slackDown ? (['slackDown'] as const) : []),
    ...(controls.worker === 'dead' ? (['kill'] as const) : []),
    ...(controls.productFollows ? (['pace'] as const) : []),
  ]);
  const fixed = whyFixed(controls);

  function release(): void {
    if (held === undefined) return;
    // Whoever has taken hold of it again meanwhile goes on.
    void ask({ do: 'speed', speed }).finally(() => setHeld((now) => (now === held ? undefined : now)));
  }

  return (
    <div className="switches" role="group" aria-label="Time and faults">
      <label className="speed" title={fixed}>
        <span>
          Time <b>{speed}×</b>
        </span>
        <input
          type="range"
          min={0}
          max={STEPS}
          value={held ?? Math.round((STEPS * Math.log(controls.speed)) / Math.log(FASTEST))}
          disabled={fixed !== undefined}
          aria-label="Speed of time"
          aria-valuetext={fixed === undefined ? `${speed} times` : `${speed} times. ${fixed}`}
          onChange={(event) => setHeld(Number(event.target.value))}
          onPointerUp={release}
          onKeyUp={release}
          onBlur={release}
        />
        {fixed === undefined ? undefined : <small>{fixed}</small>}
      </label>
      <div className="faults">
        <Toggle
          on={controls.cut === 'armed'}
          label={controls.cut === 'struck' ? 'Answer was lost' : 'Lose an answer'}
          title={MEANS.cut}
          onChange={(on) => void ask({ do: 'cut', on })}
        />
        <Toggle
          on={controls.throttle}
          label={
            controls.throttle && controls.throttled > 0 ? `Throttle · ${controls.throttled}` : 'Throttle'
          }
          title={MEANS.throttle}
          onChange={(on) => void ask({ do: 'throttle', on })}
        />
        <Toggle
          on={controls.slackDown}
          label="Slack down"
          title={MEANS.slackDown}
          onChange={(on) => void ask({ do: 'slack-down', on })}
        />
        {controls.worker === 'elsewhere' ? undefined : (
          <button
            type="button"
            className="fault kill"
            disabled={controls.worker === 'dead'}
            title={MEANS.kill}
            onClick={() => void ask({ do: 'kill-worker' })}
          >
            {controls.worker === 'dead'
              ? 'Worker dead…'
              : `Kill worker${controls.kills > 0 ? ` · ${controls.kills}` : ''}`}
          </button>
        )}
      </div>
      <p className="note" role="status">
        {MEANS[topic ?? 'calm']}
      </p>
    </div>
  );
}

/** Why time cannot be made faster or slower now, in a few words. */
function whyFixed(controls: Controls): string | undefined {
  if (!controls.speedCanChange) return 'The bot runs elsewhere.';
  return controls.slackDown ? 'Not while Slack is down.' : undefined;
}

/** One place tells of all, so that the page does not move: of what came last. */
function useNewest(now: readonly Topic[]): Topic | undefined {
  const [order, setOrder] = useState<readonly Topic[]>(now);
  const next = [...order.filter((one) => now.includes(one)), ...now.filter((one) => !order.includes(one))];
  if (next.join() !== order.join()) setOrder(next);
  return next.at(-1);
}

function Toggle(props: {
  readonly on: boolean;
  readonly label: string;
  readonly title: string;
  readonly onChange: (on: boolean) => void;
}): ReactNode {
  return (
    <button
      type="button"
      className="fault"
      role="switch"
      aria-checked={props.on}
      title={props.title}
      onClick={() => props.onChange(!props.on)}
    >
      {props.label}
    </button>
  );
}
