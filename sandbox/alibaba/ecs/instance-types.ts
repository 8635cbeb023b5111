/** An instance type on offer. */
export interface InstanceType {
  readonly id: string;
  readonly family: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly architecture: 'X86' | 'ARM';
  readonly category: string;
  /** US dollars an hour, pay as you go. */
  readonly hourUsd: number;
}

/** Family, GiB a core, dollars a core and hour, category. */
const FAMILIES: readonly (readonly [string, number, number, string, 'X86' | 'ARM'])[] = [
  ['ecs.c6', 2, 0.042, 'Compute-optimized', 'X86'],
  ['ecs.c7', 2, 0.044, 'Compute-optimized', 'X86'],
  ['ecs.c8i', 2, 0.047, 'Compute-optimized', 'X86'],
  ['ecs.g6', 4, 0.056, 'General-purpose', 'X86'],
  ['ecs.g7', 4, 0.059, 'General-purpose', 'X86'],
  ['ecs.g8i', 4, 0.062, 'General-purpose', 'X86'],
  ['ecs.r7', 8, 0.078, 'Memory-optimized', 'X86'],
  ['ecs.u1-c1m2', 2, 0.033, 'Economical', 'X86'],
  ['ecs.u1-c1m4', 4, 0.044, 'Economical', 'X86'],
  ['ecs.hfc7', 2, 0.06, 'High clock speed', 'X86'],
  ['ecs.c8y', 2, 0.036, 'Compute-optimized', 'ARM'],
  ['ecs.g8y', 4, 0.047, 'General-purpose', 'ARM'],
];

const SIZES: readonly (readonly [string, number])[] = [
  ['large', 2],
  ['xlarge', 4],
  ['2xlarge', 8],
  ['3xlarge', 12],
  ['4xlarge', 16],
  ['6xlarge', 24],
  ['8xlarge', 32],
];

const SMALL: readonly InstanceType[] = [
  ['ecs.t6-c1m1.large', 2, 2, 0.029],
  ['ecs.t6-c1m2.large', 2, 4, 0.036],
  ['ecs.t6-c1m4.large', 2, 8, 0.052],
].map(([id, cores, memoryGiB, hourUsd]) => ({
  id: String(id),
  family: 'ecs.t6',
  cores: Number(cores),
  memoryGiB: Number(memoryGiB),
  architecture: 'X86',
  category: 'Burstable',
  hourUsd: Number(hourUsd),
}));

export const INSTANCE_TYPES: readonly InstanceType[] = [
  ...SMALL,
  ...FAMILIES.flatMap(([family, ratio, coreUsd, category, architecture]) =>
    SIZES.map(([size, cores]): InstanceType => ({
      id: `${family}.${size}`,
      // The types of u1 carry their ratio in the name, the family does not.
      family: family.replace(/-c\dm\d$/, ''),
      cores,
      memoryGiB: cores * ratio,
      architecture,
      category,
      hourUsd: Number((cores * coreUsd).toFixed(4)),
    })),
  ),
];

const BY_ID = new Map(INSTANCE_TYPES.map((type) => [type.id, type]));

/** The type of that name; undefined when there is none. */
export function instanceType(id: string): InstanceType | undefined {
  return BY_ID.get(id);
}
