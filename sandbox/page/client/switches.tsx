import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Controls } from '../wire.ts';
import { ask } from './ask.ts';

const FASTEST = 300;
/** The slider goes from 0 to this, evenly by ratio. */
const STEPS = 100;

/** Time, and the faults that one may let loose. */
export function Switches(props: { readonly controls: Controls }): ReactNode {
  const { controls } = props;
  const [held, setHeld] = useState<number | undefined>();
  const speed = held === undefined ? controls.speed : Math.round(FASTEST ** (held / STEPS));

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
          title="The connection is cut after the next CreateLoadBalancer: it is made, and nobody hears of it"
          onChange={(on) => void ask({ do: 'cut', on })}
        />
        <Toggle
          on={controls.throttle}
          label={
            controls.throttle && controls.throttled > 0 ? `Throttle · ${controls.throttled}` : 'Throttle'
          }
          title="Every third API call is refused as too many"
          onChange={(on) => void ask({ do: 'throttle', on })}
        />
        <Toggle
          on={controls.slackDown}
          label="Slack down"
          title="Nothing gets through to Slack, nor from it"
          onChange={(on) => void ask({ do: 'slack-down', on })}
        />
        {controls.worker === 'elsewhere' ? undefined : (
          <button
            type="button"
            className="fault kill"
            disabled={controls.worker === 'dead'}
            title="SIGKILL in the middle of whatever it does; another one starts 3 seconds later"
            onClick={() => void ask({ do: 'kill-worker' })}
          >
            {controls.worker === 'dead'
              ? 'Worker dead…'
              : `Kill worker${controls.kills > 0 ? ` · ${controls.kills}` : ''}`}
          </button>
        )}
      </div>
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
