import type { Problem } from '../../cluster/errors.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Found } from '../resource.ts';
import type { Observed } from './planner.ts';

/** Kinds that stay in the VPC that they were made in. */
const IN_VPC = ['vswitch', 'security-group', 'server-group'] as const;

/**
 * Why a create cannot carry on from what is there of its cluster: nothing moves to another VPC or to another database,
 * so that its plan would take down what works, or leave a database that nobody uses.
 */
export function otherPlace({ name, network, database }: ClusterSpec, observed: Observed): readonly Problem[] {
  const own = (kind: string): readonly Found<unknown>[] =>
    (observed.get(kind) ?? []).filter((one) => one.ours);
  const remove = `or remove that first: \`/ams destroy-cluster ${name}\`.`;
  const wanted = network.vpcId ?? own('vpc')[0]?.id;
  const [elsewhere] = IN_VPC.flatMap(own).flatMap(({ part, id, seen }) => {
    const { vpcId } = seen as { readonly vpcId?: string };
    return vpcId === undefined || vpcId === wanted ? [] : [{ part, id, vpcId }];
  });
  const [instance] = own('database');
  return [
    ...(elsewhere === undefined
      ? []
      : [
          {
            code: 'other_network',
            message: `Cluster ${name} would be in ${network.vpcId ?? 'a VPC of its own'}, and what is there of it lies in ${elsewhere.vpcId} (e.g. ${elsewhere.part} ${elsewhere.id}).`,
            hint: `Type the command with --vpc ${elsewhere.vpcId} to carry on from what is there, ${remove}`,
          },
        ]),
    ...(instance === undefined || database.source === 'instance'
      ? []
      : [
          {
            code: 'other_database',
            message: `Cluster ${name} would use an existing database, and has one of its own already (${instance.id}).`,
            hint: `Type the command without --mongo-uri to carry on from what is there, ${remove}`,
          },
        ]),
  ];
}
