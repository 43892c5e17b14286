import type { FactCommand, ProposalOutcome } from "@slotcast/control";
import type { Bus } from "@slotcast/gossip";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { RecordingLogger } from "../recording-logger.ts";
import type { Replication } from "../replication/replication.ts";
import type { ClusterMember } from "./cluster-member.ts";
import { HandOver } from "./hand-over.ts";

const REPLICA = { nodeId: "b", incarnation: 1 };
/** No process makes so many proposals while nothing else runs. */
const PROPOSALS_IN_A_ROW_MAX = 100;

/** A primary with a replica that has everything, as far as HandOver looks at it. */
class FakeMember {
  readonly core = {
    maySchedule: true,
    retreat: "none",
    role: {
      primary: {
        isServing: true,
        followers: [{ ...REPLICA, isLinked: true, state: "streaming", ackedOffset: 0 }],
      },
    },
    prepare: (): void => {},
  };
  readonly shard = { id: "s", epoch: 1, isr: [REPLICA] };
  readonly facts = { currentEpoch: 1 };
  readonly log = { commitOffset: 0, endOffset: 0 };
  readonly leadsShard = true;
  hasEnded = false;
  readonly proposed: FactCommand["kind"][] = [];
  #inARow = 0;

  flush(): void {}

  step(act: (nowMs: number) => void): void {
    act(0);
  }

  /** Too many proposals are open: there is an outcome at once. */
  async propose({ kind }: FactCommand): Promise<ProposalOutcome> {
    this.proposed.push(kind);
    this.#inARow += 1;
    if (this.#inARow > PROPOSALS_IN_A_ROW_MAX) throw new Error("nothing else runs");
    return { kind: "timed-out" };
  }

  othersRan(): void {
    this.#inARow = 0;
  }
}

test("a promotion that cannot be ruled out yet is tried to be again and again, and others run between", async () => {
  const member = new FakeMember();
  const handOver = new HandOver({
    bus: () => ({}) as Bus, // no replica is told anything
    member: () => member as unknown as ClusterMember, // what HandOver looks at
    replication: () =>
      ({
        isFrozen: false,
        flush: () => {},
        gate: { heldConnections: 0 },
      }) as unknown as Replication, // as well
    logger: new RecordingLogger(),
  });
  const given = handOver.give();
  while (member.proposed.length < 4) {
    await setImmediate();
    member.othersRan();
  }
  expect(member.proposed.slice(0, 4)).toEqual(["promote", "set-epoch", "set-epoch", "set-epoch"]);
  expect(member.core.retreat).toBe("renounced");
  member.hasEnded = true;
  expect(await given).toMatchObject({ kind: "refused" });
});
