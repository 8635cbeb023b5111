import type { Call } from './call.ts';
import type { Cloud } from './cloud.ts';
import { type RequestModel, type Rules, sdkFields } from './request-model.ts';

/**
 * Carries out one action. What it returns becomes the answer's body (RequestId is added); an `ApiError` becomes a
 * refusal; anything else thrown is a defect and answers `InternalError` 500.
 */
export type Handler = (call: Call, cloud: Cloud) => unknown;

/** Error codes that differ from product to product. */
export interface ProductCodes {
  missing(name: string): string;
  invalid(name: string): string;
  /** Same ClientToken, other parameters. */
  readonly tokenMismatch: string;
  /** Same ClientToken, first call still running. */
  readonly tokenProcessing: string;
}

/** One cloud product: an API version and its actions. */
export interface Product {
  /** `ECS`, `VPC`, `ALB`: as in the coverage table and in planned faults. */
  readonly name: string;
  readonly version: string;
  readonly actions: Readonly<Record<string, Handler>>;
  /** Undefined when the product has no such action. */
  model(action: string): RequestModel | undefined;
  readonly codes?: Partial<ProductCodes>;
  /** Called when the cloud starts and after each reset: register users of resources, listen to events. */
  setUp?(cloud: Cloud): void;
}

export const DEFAULT_CODES: ProductCodes = {
  missing: () => 'MissingParameter',
  invalid: (name) => `InvalidParameter.${name.split('.').at(-1) ?? name}`,
  tokenMismatch: 'IdempotentParameterMismatch',
  tokenProcessing: 'IdempotentProcessing',
};

/** The `model` function of a product whose SDK package is installed. */
export function sdkModel(
  packageName: string,
  rules: Readonly<Record<string, Rules>>,
): (action: string) => RequestModel | undefined {
  const fields = sdkFields(packageName);
  return (action) => {
    const found = fields(action);
    if (found === undefined) return undefined;
    const own = rules[action];
    return own === undefined ? { fields: found } : { fields: found, rules: own };
  };
}
