import { chooseSuccessor } from "./choose-successor.ts";
import { chooseVoters } from "./choose-voters.ts";
import type { LeaderView } from "./leader-view.ts";
import type { LogCommand } from "./raft/messages.ts";

/**
 * What the Raft leader proposes by itself: a successor for each primary that must be replaced, and at most one change
 * of the voters. Nothing else: the rest is asked for by nodes and operators.
 *
 * To be asked only while nothing in the log waits to be applied: then no decision is made twice, and no node is
 * chosen to vote whose removal is on its way.
 */
export function decide(view: LeaderView): LogCommand[] {
  const promotions = [...view.facts.shards.values()].flatMap((shard): LogCommand[] => {
    const command = chooseSuccessor(view, shard);
    return command === undefined ? [] : [{ kind: "facts", command }];
  });
  const voters = chooseVoters(view);
  return voters === undefined ? promotions : [...promotions, { kind: "voters", voters }];
}
