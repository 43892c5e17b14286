import { VOTERS_MAX } from "./limits.ts";

export function majorityOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** Three bear the loss of one, five of two; more only make each decision slower. Two would be worse than one. */
export function votersWanted(nodes: number): number {
  if (nodes < 3) return 1;
  return nodes < 10 ? 3 : VOTERS_MAX;
}
