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
  throttle: 'Every third API call is refused as one too many; the bot makes it again.',
  slackDown: 'Nothing gets through to Slack, nor from it. What is under way in the cloud goes on.',
  kill: 'SIGKILL in the middle of whatever it does; another one starts 3 seconds later.',
} as const;

/** Time, and the faults that one may let loose. */
export function Switches(props: { readonly controls: Controls }): ReactNode {
  const { controls } = props;
  const [held, setHeld] = useState<number | undefined>();
  const speed = held === undefined ? controls.speed : Math.round(FASTEST ** (held / STEPS));

  const said = [
    ...(controls.cut === 'armed' ? [MEANS.cut] : []),
    ...(controls.throttle ? [MEANS.throttle] : []),
    ...(controls.slackDown ? [MEANS.slackDown] : []),
    ...(controls.worker === 'dead' ? [MEANS.kill] : []),
  ];

  function release(): void {
    if (held === undefined) return;
    void ask({ do: 'speed', speed }).finally(() => setHeld(undefined));
  }

  return (
    <div className="switches" role="group" aria-label="Time and faults">
      <label className="speed">
        <span>
          Time <b>{speed}×</b>
        </span>
        <input
          type="range"
          min={0}
          max={STEPS}
          value={held ?? Math.round((STEPS * Math.log(controls.speed)) / Math.log(FASTEST))}
          disabled={!controls.speedCanChange || controls.slackDown}
          aria-label="Speed of time"
          aria-valuetext={`${speed} times`}
          onChange={(event) => setHeld(Number(event.target.value))}
          onPointerUp={release}
          onKeyUp={release}
          onBlur={release}
        />
      </label>
      {controls.productFollows ? (
        <p className="note">The bot follows when what runs now has ended.</p>
      ) : undefined}
      <div className="faults">
        <span>Break</span>
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
      {said.length === 0 ? undefined : (
        <ul className="note" role="status">
          {said.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      )}
    </div>
  );
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
