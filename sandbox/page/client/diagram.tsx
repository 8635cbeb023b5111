import type { ReactNode } from 'react';
import { Parts } from './parts.tsx';
import { roleOf } from './role.ts';
import type { Role } from './role.ts';
import type { Balancer, Group, ListenerPart, Machine, Network, Part, State, Zone } from '../picture-types.ts';

/** The four ways in, drawn as outlines until they are there. */
const PORTS = [
  { port: 80, protocol: 'HTTP', role: 'origin' },
  { port: 443, protocol: 'HTTPS', role: 'origin' },
  { port: 5080, protocol: 'HTTP', role: 'edge' },
  { port: 5443, protocol: 'HTTPS', role: 'edge' },
] as const;

/** What a cluster has besides. */
const OTHERS = ['Security group', 'Key pair', 'Certificate', 'Server group', 'Template'];

/** The architecture of a cluster. What is not there is an outline; what is there says its state and id. */
export function Diagram(props: { readonly network: Network | undefined }): ReactNode {
  const { network } = props;
  const zones: (Zone | undefined)[] = [...(network?.zones ?? [])];
  while (zones.length < 2) zones.push(undefined);
  const balancers: (Balancer | undefined)[] = network?.balancers.length
    ? [...network.balancers]
    : [undefined];
  const groups = network?.groups ?? [];
  const columns = zones.map((zone) => zone?.zone);
  return (
    <section className="diagram" aria-label="Architecture of the cluster">
      {balancers.map((balancer, index) => (
        <BalancerBox key={balancer?.id ?? index} balancer={balancer} />
      ))}
      <div className={`wires ${balancers.some((one) => one?.state === 'ready') ? 'live' : ''}`} aria-hidden>
        {PORTS.map(({ port, role }) => (
          <i key={port} className={role} />
        ))}
      </div>
      <Box part={network} kind="VPC" className="vpc" more={network?.cidr}>
        <div className="zones" style={{ gridTemplateColumns: `repeat(${zones.length}, minmax(0, 1fr))` }}>
          {zones.map((zone, index) => (
            <div
              key={zone?.id ?? index}
              className={`zone ${zone?.state ?? 'ghost'}`}
              style={{ gridColumn: index + 1 }}
              title={zone?.id}
            >
              <b>{zone?.zone ?? `zone ${index + 1}`}</b>
              <span>{zone === undefined ? 'vSwitch' : zone.cidr}</span>
            </div>
          ))}
          <GroupRow role="edge" groups={groups} columns={columns} row={2} />
          <GroupRow role="origin" groups={groups} columns={columns} row={3} />
          <DatabaseRow machines={network?.machines ?? []} columns={columns} row={4} />
        </div>
      </Box>
      <div className="others">
        {OTHERS.map((kind) => {
          const parts = (network?.others ?? []).filter((one) => one.kind === kind);
          const busy = parts.find((one) => one.state !== 'ready');
          return (
            <span
              key={kind}
              className={`chip ${parts.length === 0 ? 'ghost' : ''}`}
              title={parts.map((one) => `${one.name}  ${one.id}`).join('\n')}
            >
              {parts.length === 0 ? undefined : <Lamp state={busy?.state ?? 'ready'} />} {kind}
              {parts.length > 1 ? <b>{parts.length}</b> : undefined}
            </span>
          );
        })}
      </div>
      <Parts network={network} />
    </section>
  );
}

function BalancerBox(props: { readonly balancer: Balancer | undefined }): ReactNode {
  const { balancer } = props;
  const wanted: (ListenerPart | (typeof PORTS)[number])[] = PORTS.map(
    (one) => balancer?.listeners.find((listener) => listener.port === one.port) ?? one,
  );
  const more = (balancer?.listeners ?? []).filter((one) => !PORTS.some(({ port }) => port === one.port));
  return (
    <Box part={balancer} kind="ALB" className="alb" more={balancer?.dnsName}>
      <div className="listeners">
        {[...wanted, ...more].map((one) => {
          const isThere = 'state' in one;
          const role = isThere ? roleOf(one.leadsTo) : one.role;
          return (
            <div
              key={one.port}
              className={`listener ${isThere ? one.state : 'ghost'} ${role}`}
              title={isThere ? `${one.id}\n${one.says}\n${one.leadsTo.join(', ')}` : undefined}
            >
              <b>{one.port}</b>
              <span>{one.protocol}</span>
              <small>{isThere && one.leadsTo.length === 0 ? one.says : `→ ${role}`}</small>
            </div>
          );
        })}
      </div>
    </Box>
  );
}

interface RowProps {
  readonly columns: readonly (string | undefined)[];
  readonly row: number;
}

function GroupRow(props: RowProps & { readonly role: Role; readonly groups: readonly Group[] }): ReactNode {
  const { role } = props;
  const group = props.groups.find((one) => roleOf([one.name]) === role);
  const wanted =
    group === undefined ? 0 : Math.max(group.launching, (group.desired ?? 0) - group.machines.length);
  const size =
    group === undefined
      ? ''
      : `${group.machines.length} of ${group.desired ?? '–'} · ${group.min}–${group.max}`;
  return (
    <Row
      {...props}
      className={role}
      part={group}
      kind={`${role === 'edge' ? 'Edge' : 'Origin'} group`}
      more={size}
    >
      {cells(group?.machines ?? [], props.columns, wanted, group === undefined ? 1 : 0)}
    </Row>
  );
}

function DatabaseRow(props: RowProps & { readonly machines: readonly Machine[] }): ReactNode {
  return (
    <Row {...props} className="database" part={props.machines[0]} kind="MongoDB" more="">
      {cells(props.machines, props.columns, 0, props.machines.length === 0 ? 1 : 0)}
    </Row>
  );
}

function Row(
  props: RowProps & {
    readonly className: string;
    readonly part: Part | undefined;
    readonly kind: string;
    readonly more: string;
    readonly children: readonly ReactNode[];
  },
): ReactNode {
  const { part } = props;
  return (
    <div className={`row ${props.className} ${part?.state ?? 'ghost'}`} style={{ gridRow: props.row }}>
      <header title={part === undefined ? undefined : `${part.name}\n${part.id}`}>
        {part === undefined ? undefined : <Lamp state={part.state} />}
        <b>{props.kind}</b>
        <span>{props.more}</span>
        {part === undefined ? undefined : <code>{part.id}</code>}
      </header>
      <div
        className="cells"
        style={{ gridTemplateColumns: `repeat(${props.columns.length}, minmax(0, 1fr))` }}
      >
        {props.children}
      </div>
    </div>
  );
}

/** One cell a zone: its machines, then outlines of those on their way, spread evenly. */
function cells(
  machines: readonly Machine[],
  columns: readonly (string | undefined)[],
  coming: number,
  ghosts: number,
): ReactNode[] {
  const counts = columns.map((zone) => machines.filter((one) => one.zone === zone).length);
  const waiting = columns.map(() => 0);
  for (let left = coming; left > 0; left -= 1) {
    const least = counts.map((count, index) => count + (waiting[index] ?? 0));
    const at = least.indexOf(Math.min(...least));
    waiting[at] = (waiting[at] ?? 0) + 1;
  }
  return columns.map((zone, index) => (
    <div key={zone ?? index} className="cell">
      {machines
        .filter((one) => one.zone === zone)
        .map((one) => (
          <MachineCard key={one.id} machine={one} />
        ))}
      {Array.from({ length: waiting[index] ?? 0 }, (_, number) => (
        <div key={`w${number}`} className="machine ghost awaited">
          on its way
        </div>
      ))}
      {index < ghosts || (ghosts > 0 && index === 0) ? (
        <div className="machine ghost">not there</div>
      ) : undefined}
    </div>
  ));
}

function MachineCard(props: { readonly machine: Machine }): ReactNode {
  const { machine } = props;
  const isWell = machine.health === undefined || machine.health === 'Healthy';
  return (
    <div
      className={`machine ${machine.state} ${isWell || machine.state !== 'ready' ? '' : 'checking'}`}
      title={[machine.name, machine.id, machine.instanceType, machine.publicIp, machine.health]
        .filter(Boolean)
        .join('\n')}
    >
      <Lamp state={machine.state === 'ready' && !isWell ? 'coming' : machine.state} />
      <span>
        <b>{machine.privateIp}</b>
        <small>{machine.state === 'ready' ? (machine.health ?? machine.says) : machine.says}</small>
      </span>
    </div>
  );
}

function Box(props: {
  readonly part: Part | undefined;
  readonly kind: string;
  readonly className: string;
  readonly more: string | undefined;
  readonly children: ReactNode;
}): ReactNode {
  const { part } = props;
  return (
    <div className={`box ${props.className} ${part?.state ?? 'ghost'}`}>
      <header title={part === undefined ? undefined : `${part.name}\n${part.id}`}>
        {part === undefined ? undefined : <Lamp state={part.state} />}
        <b>{props.kind}</b>
        {part === undefined ? <span>not there</span> : <code>{part.id}</code>}
        {props.more === undefined ? undefined : <span className="more">{props.more}</span>}
        {part === undefined || part.state === 'ready' ? undefined : <span className="says">{part.says}</span>}
      </header>
      {props.children}
    </div>
  );
}

function Lamp(props: { readonly state: State }): ReactNode {
  return <i className={`lamp ${props.state}`} aria-label={props.state} role="img" />;
}
