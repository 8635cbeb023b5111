import type { ReactNode } from 'react';
import type { ListenerPart, Network, Part } from '../picture-types.ts';

interface Row {
  readonly kind: string;
  readonly part: Part;
}

/** All that the picture shows of a cluster as a list: what it is, how it is, its id. */
export function Parts(props: { readonly network: Network | undefined }): ReactNode {
  const rows = props.network === undefined ? [] : rowsOf(props.network);
  if (rows.length === 0) return undefined;
  return (
    <details className="parts">
      <summary>All {rows.length} resources, with state and id</summary>
      <ul aria-label="Resources">
        {rows.map(({ kind, part }) => (
          <li key={`${kind} ${part.id}`}>
            <i className={`lamp ${part.state}`} aria-hidden />
            <span>
              <b>{kind}</b> {part.name}
            </span>
            <span className={part.state === 'ready' ? undefined : 'says'}>{part.says}</span>
            <code>{part.id}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}

function rowsOf(network: Network): Row[] {
  const of = (kind: string, parts: readonly Part[]): Row[] => parts.map((part) => ({ kind, part }));
  return [
    ...of('VPC', [network]),
    ...of('vSwitch', network.zones),
    ...network.balancers.flatMap((one) => [
      ...of('ALB', [one]),
      ...of('Listener', one.listeners.map(byPort)),
    ]),
    ...network.groups.flatMap((one) => [...of('Scaling group', [one]), ...of('Node', one.machines)]),
    ...of('Machine', network.machines),
    ...network.others.map((part) => ({ kind: part.kind, part })),
  ];
}

/** Nobody names listeners: their ports tell them apart. */
function byPort(listener: ListenerPart): Part {
  return { ...listener, name: listener.name || `${listener.protocol} ${listener.port}` };
}
