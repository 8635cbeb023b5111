import { bss } from './bss/product.ts';
import { ecs } from './ecs/product.ts';
import type { Product } from './product.ts';
import { sts } from './sts/product.ts';
import { vpc } from './vpc/product.ts';

/** Every product that the simulated cloud serves. */
export const PRODUCTS: readonly Product[] = [sts, vpc, ecs, bss];
