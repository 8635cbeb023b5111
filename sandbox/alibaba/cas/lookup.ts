import type { Cloud } from '../cloud.ts';
import { CasState } from './state.ts';

const states = new WeakMap<Cloud, CasState>();

/** The certificate service of a cloud, made on first use. */
export function casOf(cloud: Cloud): CasState {
  const state = states.get(cloud) ?? new CasState();
  states.set(cloud, state);
  return state;
}
