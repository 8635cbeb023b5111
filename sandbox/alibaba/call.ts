import { ApiError, invalidParameter, missingParameter } from './api-error.ts';

/** One parameter's value, converted to the type that the action's model gives it. */
export type Value = string | number | boolean | Params | readonly Value[];

/** Nested parameters under their wire names: `Tag: [{Key, Value}]`, `SystemDisk: {Size}`. */
export interface Params {
  readonly [name: string]: Value;
}

/** One accepted API call. */
export interface Call {
  /** Short product name: `ECS`, `VPC`, `ALB`. */
  readonly product: string;
  readonly action: string;
  readonly version: string;
  readonly params: Params;
  /**
   * From the RegionId parameter, else from a real endpoint name in the Host header, else the default region.
   * Behind one loopback endpoint a call without RegionId says nothing of its region: look resources up by id.
   */
  readonly regionId: string;
  readonly accountId: string;
  readonly requestId: string;
  readonly clientToken?: string;
}

/** A tag as requests carry it. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** Text of a parameter; undefined when it was not sent. An empty text counts as not sent. */
export function text(params: Params, name: string): string | undefined {
  const value = params[name];
  if (value === undefined || value === '') return undefined;
  return typeof value === 'object' ? undefined : String(value);
}

/** Text of a mandatory parameter. */
export function needText(params: Params, name: string): string {
  const value = text(params, name);
  if (value === undefined) throw missingParameter(name);
  return value;
}

/** A number, also when the model types it as text; throws `InvalidParameter.<Name>` for anything else. */
export function number(params: Params, name: string): number | undefined {
  const value = text(params, name);
  if (value === undefined) return undefined;
  const parsed = Number(value);
  if (!Number.isFinite(parsed)) throw invalidParameter(name, value, 'a number');
  return parsed;
}

export function flag(params: Params, name: string): boolean | undefined {
  const value = text(params, name);
  return value === undefined ? undefined : value.toLowerCase() === 'true';
}

/** Whether the call names a region and the thing is not there: then there is no such thing. */
export function isElsewhere(call: Call, entry: { readonly regionId: string }): boolean {
  return text(call.params, 'RegionId') !== undefined && entry.regionId !== call.regionId;
}

/** Whether the call only asks if it would work. */
export function isDryRun({ params }: Pick<Call, 'params'>): boolean {
  return flag(params, 'DryRun') === true;
}

/**
 * The end of a dry run: everything was checked, nothing is done.
 * @throws ApiError DryRunOperation, which is how a dry run succeeds
 */
export function endDryRun(call: Call): void {
  if (!isDryRun(call)) return;
  throw new ApiError('DryRunOperation', 400, 'Request validation has been passed with DryRun flag set.');
}

/** A nested block such as `SystemDisk`; empty when it was not sent. */
export function block(params: Params, name: string): Params {
  const value = params[name];
  return isParams(value) ? value : {};
}

/** A list of nested blocks such as `Permissions`. */
export function blocks(params: Params, name: string): readonly Params[] {
  const value = params[name];
  return Array.isArray(value) ? value.filter(isParams) : [];
}

/** A list of texts such as `SecurityGroupIds`; a single value counts as a list of one. */
export function texts(params: Params, name: string): readonly string[] {
  const value = params[name];
  if (value === undefined || value === '') return [];
  if (Array.isArray(value)) return value.filter((item) => typeof item !== 'object').map(String);
  return typeof value === 'object' ? [] : [String(value)];
}

/** A list inside one parameter, parted by commas (`ImageId`, `VpcId`), of at most so many; undefined when not sent. */
export function commaTexts(params: Params, name: string, most: number): readonly string[] | undefined {
  const parts = text(params, name)?.split(',');
  if (parts !== undefined && parts.length > most)
    throw invalidParameter(name, parts.length, `at most ${most} items`);
  return parts;
}

/**
 * A JSON array of texts inside one parameter (`InstanceIds`, `KeyPairNames`), of at most so many; undefined when not
 * sent.
 */
export function jsonTexts(
  params: Params,
  name: string,
  most = Number.POSITIVE_INFINITY,
): readonly string[] | undefined {
  const value = text(params, name);
  if (value === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw invalidParameter(name, value, 'a JSON array', `Invalid${name}.Malformed`);
  }
  if (!Array.isArray(parsed)) throw invalidParameter(name, value, 'a JSON array', `Invalid${name}.Malformed`);
  if (parsed.length > most)
    throw invalidParameter(name, parsed.length, `at most ${most} items`, `Invalid${name}.Malformed`);
  return parsed.map(String);
}

/** Tags of a request; the parameter is `Tag` nearly everywhere, `Tags` in ESS and CAS. */
export function tagsOf(params: Params, name = 'Tag'): readonly Tag[] {
  return blocks(params, name).map((tag) => ({
    Key: text(tag, 'Key') ?? text(tag, 'key') ?? '',
    Value: text(tag, 'Value') ?? text(tag, 'value') ?? '',
  }));
}

function isParams(value: Value | undefined): value is Params {
  return typeof value === 'object' && !Array.isArray(value);
}
