import { alb } from './alb/product.ts';
import { alidns } from './alidns/product.ts';
import { bss } from './bss/product.ts';
import { cas } from './cas/product.ts';
import { cms } from './cms/product.ts';
import { ecs } from './ecs/product.ts';
import { ess } from './ess/product.ts';
import type { Product } from './product.ts';
import { sts } from './sts/product.ts';
import { vpc } from './vpc/product.ts';

/** Every product that the simulated cloud serves. */
export const PRODUCTS: readonly Product[] = [sts, vpc, ecs, bss, alb, cas, ess, alidns, cms];
