import type { FactCommand, Facts, ProposalOutcome, Refusal } from "@slotcast/control";
import type { Bus, Stranger } from "@slotcast/gossip";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { RecordingLogger } from "../recording-logger.ts";
import type { ClusterMember } from "./cluster-member.ts";
import { joinFromPlain, joinToPlain, type JoinMessage } from "./join-shape.ts";
import { Joining } from "./joining.ts";
import { applied, founded, id, joined, nodeFact, shardId, withSlots } from "./test-facts.ts";

// Goal: what one node answers, whatever it heard before and in whichever order, so that nothing that anybody was told
// is lost. Method: a node `a1` that talks to `b1`; the test is the other node, and decides when what is proposed is done.

const OTHER: Stranger = {
  nodeId: id("b1"),
  direction: "from",
  dialled: undefined,
  remoteHost: "127.0.0.1",
  localHost: "127.0.0.1",
};
/** Of `b1`, alone: another one than that of `a1`. */
const OTHERS: Facts = { ...founded(nodeFact("b1")), clusterId: id("d") };

/** A life of the node in a cluster. It decides what is proposed when the test says so. */
class ScriptedMember {
  readonly self = { nodeId: id("a1"), incarnation: 1 };
  readonly hasEnded = false;
  facts: Facts;
  #proposed: { readonly command: FactCommand; readonly settle: (o: ProposalOutcome) => void }[] =
    [];

  constructor(facts: Facts) {
    this.facts = facts;
  }

  get proposed(): readonly string[] {
    return this.#proposed.map(({ command }) => command.kind);
  }

  async propose(command: FactCommand): Promise<ProposalOutcome> {
    return new Promise((settle) => {
      this.#proposed.push({ command, settle });
    });
  }

  /** The cluster, whose facts are newer than these. */
  refuse(refusal: Refusal): void {
    for (const { settle } of this.#proposed.splice(0)) settle({ kind: "refused", refusal });
  }

  decide(): void {
    const proposed = this.#proposed;
    this.#proposed = [];
    for (const { command, settle } of proposed) {
      this.facts = applied(this.facts, command);
      settle({ kind: "accepted", version: this.facts.version });
    }
  }
}

class TestNode {
  member: ScriptedMember;
  /** Its former cluster's facts, then those that it went on with. */
  readonly moves: ("started over" | Facts)[] = [];
  readonly joining: Joining;
  #said: JoinMessage[] = [];

  constructor(facts: Facts) {
    this.member = new ScriptedMember(facts);
    const bus = {
      strangers: [OTHER],
      send: (_to: string, _frame: string, plain: unknown) => {
        this.#said.push(joinFromPlain(plain));
        return true;
      },
      dismiss: () => {},
    };
    this.joining = new Joining({
      bus: () => bus as unknown as Bus, // what Joining uses of it
      member: () => this.member as unknown as ClusterMember, // as well
      adopt: async (adopted) => {
        this.moves.push(adopted);
        this.member = new ScriptedMember(adopted);
        return true;
      },
      startOver: async () => {
        this.moves.push("started over");
        this.member = new ScriptedMember({ ...founded(nodeFact("a1")), clusterId: id("e") });
        return true;
      },
      mayBeJoined: () => true,
      logger: new RecordingLogger(),
    });
  }

  /** What it says to that, until it has nothing more to do. */
  async hears(message: JoinMessage): Promise<readonly JoinMessage[]> {
    this.joining.received(OTHER, joinToPlain(message));
    return this.says();
  }

  async says(): Promise<readonly JoinMessage[]> {
    await setImmediate();
    return this.#said.splice(0);
  }

  async addSlot(slot: number): Promise<ProposalOutcome> {
    const slots = [{ first: slot, last: slot }];
    return this.joining.propose({ kind: "assign-slots", shardId: shardId("a"), slots });
  }
}

/** `b1`'s cluster, with `a1` let in. */
function withGuest(slots: readonly { readonly first: number; readonly last: number }[]): Facts {
  const node = nodeFact("a1");
  const asked = { isInvited: true, knownVersion: OTHERS.version };
  return applied(OTHERS, {
    ...{ kind: "join", node, historyId: id("4000a"), epoch: 0, slots },
    ...asked,
  });
}

describe("a node that is let in", () => {
  test("has what it proposes meanwhile decided where it is then", async () => {
    const node = new TestNode(withSlots(founded(nodeFact("a1")), "a", 0, 9));
    const slots = [{ first: 0, last: 9 }];
    expect(await node.hears({ kind: "invite" })).toMatchObject([
      { kind: "ask", command: { slots } },
    ]);
    const added = node.addSlot(10);
    await node.says();
    expect(node.member.proposed).toEqual([]);
    await node.hears({ kind: "welcome", facts: withGuest(slots) });
    expect(node.member.proposed).toEqual(["assign-slots"]);
    node.member.decide();
    expect(await added).toMatchObject({ kind: "accepted" });
    expect(node.member.facts.clusterId).toBe(OTHERS.clusterId);
  });

  test("asks when what was proposed before is decided, and with that", async () => {
    const node = new TestNode(founded(nodeFact("a1")));
    const added = node.addSlot(5);
    expect(await node.hears({ kind: "invite" })).toEqual([]);
    node.member.decide();
    expect(await added).toMatchObject({ kind: "accepted" });
    const slots = [{ first: 5, last: 5 }];
    expect(await node.says()).toMatchObject([{ kind: "ask", command: { slots } }]);
  });

  test("does not take the answer to what it asked when it had fewer slots", async () => {
    const node = new TestNode(founded(nodeFact("a1")));
    await node.hears({ kind: "invite" });
    await node.hears({ kind: "sorry", reason: "not in time", isFinal: false });
    const added = node.addSlot(5);
    node.member.decide();
    expect(await added).toMatchObject({ kind: "accepted" });
    await node.hears({ kind: "invite" });
    await node.hears({ kind: "welcome", facts: withGuest([]) });
    expect(node.moves).toEqual([]);
    // It goes on deciding for itself.
    void node.addSlot(6);
    expect(node.member.proposed).toEqual(["assign-slots"]);
  });

  test("asks once, however often it is invited: no answer is taken for that to another request", async () => {
    const node = new TestNode(founded(nodeFact("a1")));
    expect(await node.hears({ kind: "invite" })).toMatchObject([{ kind: "ask" }]);
    expect(await node.hears({ kind: "invite" })).toEqual([]);
    await node.hears({ kind: "sorry", reason: "not in time", isFinal: false });
    expect(await node.hears({ kind: "invite" })).toMatchObject([{ kind: "ask" }]);
  });

  test("is not what it was when it asked after it was reset", async () => {
    const node = new TestNode(founded(nodeFact("a1")));
    await node.hears({ kind: "invite" });
    node.member = new ScriptedMember({ ...founded(nodeFact("a1")), clusterId: id("e") });
    await node.hears({ kind: "welcome", facts: withGuest([]) });
    expect(node.moves).toEqual([]);
  });
});

test.each([
  ["may ask again when that was not known where it asked", false],
  ["need not ask again when that was known where it asked", true],
])("who was forgotten %s", async (_, isKnown) => {
  let facts = joined(founded(nodeFact("a1")), "b1");
  if (isKnown) facts = applied(facts, { kind: "forget", nodeId: id("b1"), byReset: false });
  const node = new TestNode(isKnown ? facts : founded(nodeFact("a1")));
  const request = { kind: "join", node: nodeFact("b1"), historyId: id("4000b") } as const;
  const asked = { epoch: 0, slots: [], isInvited: false };
  await node.hears({ kind: "ask", command: { ...request, ...asked } });
  node.member.refuse({ code: "forgotten", detail: "" });
  expect(await node.says()).toMatchObject([{ kind: "sorry", isFinal: isKnown }]);
});

test.each([
  ["of a member of its cluster, which may have crossed its own joining", "b1", false],
  ["of a node elsewhere", "c1", true],
] as const)("an invitation %s is refused, for good: %j %j", async (_, peer, isFinal) => {
  const node = new TestNode(joined(founded(nodeFact("a1")), peer));
  expect(await node.hears({ kind: "invite" })).toMatchObject([{ kind: "sorry", isFinal }]);
  expect(node.moves).toEqual([]);
});

describe("a member that is told that it was removed", () => {
  const facts = joined(founded(nodeFact("a1")), "b1");
  const { clusterId, version } = facts;

  test("starts over when the other one knows newer facts, and wants it back", async () => {
    const node = new TestNode(facts);
    const removed = { kind: "removed", clusterId, version: version + 1, isInvited: true } as const;
    expect(await node.hears(removed)).toMatchObject([{ kind: "sorry", isFinal: false }]);
    expect(node.moves).toEqual(["started over"]);
    // What it is now was removed from nowhere.
    expect(await node.hears(removed)).toEqual([]);
    expect(node.moves).toHaveLength(1);
  });

  test("stays what it is when nobody wants it back", async () => {
    const node = new TestNode(facts);
    const removed = { kind: "removed", clusterId, version: version + 1, isInvited: false } as const;
    expect(await node.hears(removed)).toMatchObject([{ kind: "sorry", isFinal: true }]);
    expect(node.moves).toEqual([]);
  });

  test("does not believe one that has older facts", async () => {
    const node = new TestNode(facts);
    const removed = { kind: "removed", clusterId, version, isInvited: true } as const;
    expect(await node.hears(removed)).toMatchObject([{ kind: "sorry", isFinal: false }]);
    expect(node.moves).toEqual([]);
  });

  test("says the same to one that was removed itself before this one came in", async () => {
    const node = new TestNode(joined(founded(nodeFact("a1")), "c1"));
    const removed = { kind: "removed", clusterId, version: 1, isInvited: false } as const;
    expect(await node.hears(removed)).toMatchObject([{ kind: "removed", clusterId, version }]);
    expect(node.moves).toEqual([]);
  });
});
