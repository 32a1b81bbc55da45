/**
 * Which members an operator means: a member id, a label, or an address, which then names the member in every pool.
 */
import type { ControllerState, MemberState, PoolState } from "./controller-state.ts";

export interface Selected {
  readonly pool: PoolState;
  readonly member: MemberState;
}

export function selectMembers(state: ControllerState, selector: string): readonly Selected[] {
  const all = allMembers(state);
  const exact = all.filter(({ member }) => member.config.id === selector);
  if (exact.length > 0) return exact;
  return all.filter(({ member }) => member.config.address === selector || member.config.label === selector);
}

export function selectableWords(state: ControllerState): readonly string[] {
  const words = allMembers(state).flatMap(({ member }) => [
    member.config.id,
    member.config.label,
    member.config.address,
  ]);
  return [...new Set(words)];
}

function allMembers(state: ControllerState): readonly Selected[] {
  return [...state.pools.values()].flatMap((pool) => pool.members.map((member) => ({ pool, member })));
}
