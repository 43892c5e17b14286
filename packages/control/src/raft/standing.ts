import type { Ballot } from "./ballot.ts";
import type { Leadership } from "./leadership.ts";

/** What a node is busy with. A bystander is a follower that must not campaign. */
export type Standing =
  | { readonly kind: "follower" }
  | { readonly kind: "pre-candidate" | "candidate"; readonly ballot: Ballot }
  | { readonly kind: "leader"; readonly reign: Leadership };

export const FOLLOWER: Standing = { kind: "follower" };
