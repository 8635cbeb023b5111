import { useState } from 'react';
import type { ReactNode } from 'react';
import { Calls } from './calls.tsx';
import { Diagram } from './diagram.tsx';
import { Switches } from './switches.tsx';
import type { Town } from './town.ts';

/** The simulated cloud beside Slack: switches, the picture of the cluster, the calls as they come. */
export function CloudPane(props: { readonly town: Town }): ReactNode {
  const { picture, calls, controls } = props.town;
  const [chosen, setChosen] = useState<string | undefined>();
  // What is made last is what a person waits for.
  const networks = picture.networks.toReversed();
  const network = networks.find((one) => one.id === chosen) ?? networks[0];
  return (
    <aside className="cloud" aria-label="Simulated Alibaba Cloud">
      <header className="pane-head">
        <h1>Alibaba Cloud</h1>
        {networks.length > 1 ? (
          <div className="tabs">
            {networks.map((one) => (
              <button
                key={one.id}
                type="button"
                aria-pressed={one === network}
                onClick={() => setChosen(one.id)}
              >
                {one.cluster || one.name}
              </button>
            ))}
          </div>
        ) : (
          <span>{network === undefined ? 'an empty account' : network.cluster || network.name}</span>
        )}
      </header>
      <Switches controls={controls} />
      <div className="cloud-scroll">
        <Diagram network={network} />
        <Calls calls={calls} />
      </div>
    </aside>
  );
}
