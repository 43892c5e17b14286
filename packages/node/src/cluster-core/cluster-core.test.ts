import { NO_FACTS, type ControlMessage, type Facts, type NodeFact } from "@slotcast/control";
import { describe, expect, test } from "vitest";
import { EffectLog } from "../replication/effect-log.ts";
import { ClusterCore } from "./cluster-core.ts";

const TICK_MS = 20;

function nodeFact(number: number): NodeFact {
  const id = String(number).padStart(40, "0");
  const address = { host: "127.0.0.1", port: 7000 + number, busPort: 17_000 + number };
  return { id, ...address, hostname: "", name: "", incarnation: 1, shardId: `5${id.slice(1)}` };
}

/** Of nodes without slots. */
function factsOf(nodes: number, version: number): Facts {
  const all = Array.from({ length: nodes }, (_, number) => nodeFact(number));
  return {
    ...NO_FACTS,
    version,
    clusterId: "c".repeat(40),
    nodes: new Map(all.map((node) => [node.id, node])),
    voters: [nodeFact(1).id],
  };
}

/** The first of so many nodes, and how often it told the others how it is. */
class Node {
  readonly core: ClusterCore;
  nowMs = 1000;
  rumours = 0;
  /** What it said to the voter. */
  readonly said: ControlMessage[] = [];
  /** The voter promises whatever it is asked to. */
  isVoterThere = false;

  constructor(nodes: number, facts = factsOf(nodes, 1)) {
    this.core = new ClusterCore({
      self: nodeFact(0),
      nodeTimeoutMs: 1500,
      random: () => 0.5,
      nowMs: this.nowMs,
      log: new EffectLog(),
      savedFacts: facts,
    });
  }

  learn(facts: Facts): void {
    this.hear({ kind: "facts", facts });
  }

  /** From the voter. */
  hear(message: ControlMessage): void {
    this.core.receiveControl(nodeFact(1).id, message, this.nowMs);
    this.#act();
  }

  /** Nobody listens where that one was. */
  refuse(number: number): void {
    this.core.refused(nodeFact(number).id, this.nowMs);
    this.#act();
  }

  run(ms: number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs;) {
      this.nowMs += TICK_MS;
      this.core.tick(this.nowMs);
      this.#act();
    }
  }

  #act(): void {
    for (const action of this.core.takeActions()) {
      if (action.do === "rumour") this.rumours += 1;
      else if (action.do === "send" && action.to === nodeFact(1).id) this.#say(action.message);
    }
  }

  #say(message: ControlMessage): void {
    this.said.push(message);
    if (!this.isVoterThere || message.kind !== "lease-request") return;
    this.hear({ ...message, kind: "lease-grant", version: this.core.facts.version });
  }
}

// A leader that has just begun must not count on voters that died long ago: nobody could make up for it.
test("who has said nothing yet is not there, though nobody suspects it", () => {
  const { core, nowMs } = new Node(3);
  const [self, one, other] = [0, 1, 2].map((number) => nodeFact(number).id) as [
    string,
    string,
    string,
  ]; // three
  core.receiveRumour(one, core.rumour(), nowMs);
  const isThere = [self, one, other].map((id) => core.rumours.isThere(id));
  expect(isThere).toEqual([true, true, false]);
  expect(core.rumours.isSuspected(other)).toBe(false);
});

describe("a process of which the facts know a later one", () => {
  const later = factsOf(3, 1);
  const facts = {
    ...later,
    nodes: new Map(later.nodes).set(nodeFact(0).id, { ...nodeFact(0), incarnation: 2 }),
  };
  const refusal = { code: "stale", detail: "incarnation 1, it is 2" } as const;

  /** The numbers of its proposals, in order; that it repeats one is no other. */
  function proposalsOf(node: Node): number[] {
    const ids = node.said.flatMap((message) => (message.kind === "propose" ? [message.id] : []));
    return [...new Set(ids)];
  }

  test("says who it is, and when that is refused not again for five seconds", () => {
    const node = new Node(3, facts);
    node.run(TICK_MS);
    const [first = 0] = proposalsOf(node);
    expect(node.said).toMatchObject([{ kind: "propose", command: { kind: "update-node" } }]);
    node.hear({ kind: "proposed", id: first, outcome: { kind: "refused", refusal } });
    expect(node.core.registrationRefusal).toEqual(refusal);
    node.run(5000 - TICK_MS);
    expect(proposalsOf(node)).toEqual([first]);
    node.run(TICK_MS);
    expect(proposalsOf(node)).toHaveLength(2);
  });

  test("says so without a pause when nobody answers, and when it was accepted and is not so", () => {
    const node = new Node(3, facts);
    node.run(TICK_MS);
    const [first = 0] = proposalsOf(node);
    node.hear({ kind: "proposed", id: first, outcome: { kind: "accepted", version: 1 } });
    node.run(TICK_MS);
    expect(proposalsOf(node)).toHaveLength(2);
    node.run(10_000 + TICK_MS);
    expect(proposalsOf(node)).toHaveLength(3);
    expect(node.core.registrationRefusal).toBeUndefined();
  });
});

describe("a primary whose replica says nothing", () => {
  const { shardId } = nodeFact(0);
  const isr = [0, 2].map((number) => ({ nodeId: nodeFact(number).id, incarnation: 1 }));
  const shard = { id: shardId, primary: isr[0], epoch: 1, isr, isrVersion: 1, historyId: "" };
  const three = factsOf(3, 1);
  const facts: Facts = {
    ...three,
    nodes: new Map(three.nodes).set(nodeFact(2).id, { ...nodeFact(2), shardId }),
    shards: new Map([[shardId, shard]]),
    slotOwners: three.slotOwners.with(0, shardId),
  };

  function proposedSets(node: Node): readonly string[][] {
    return node.said.flatMap((message) =>
      message.kind === "propose" && message.command.kind === "set-isr"
        ? [message.command.isr.map(({ nodeId }) => nodeId)]
        : [],
    );
  }

  test("proposes it out of the in-sync set after a second", () => {
    const node = new Node(3, facts);
    node.isVoterThere = true;
    node.run(1000);
    expect(proposedSets(node)).toEqual([]);
    node.run(100);
    expect(proposedSets(node)[0]).toEqual([nodeFact(0).id]);
  });

  // Its words may arrive while none reaches it. Then the set would be a dead end: nobody but itself could lead.
  test("proposes nothing while it hears no voter either", () => {
    const node = new Node(3, facts);
    node.isVoterThere = true;
    node.run(400);
    node.isVoterThere = false;
    node.run(10_000);
    expect(proposedSets(node)).toEqual([]);
    node.isVoterThere = true;
    node.run(1000);
    expect(proposedSets(node)[0]).toEqual([nodeFact(0).id]);
  });

  test("needs no voter for a shard without slots, which has no lease", () => {
    const node = new Node(3, { ...facts, slotOwners: three.slotOwners });
    node.run(1000 + 2 * TICK_MS);
    expect(proposedSets(node)[0]).toEqual([nodeFact(0).id]);
  });
});

describe("rumours", () => {
  test.each([
    [3, 5],
    [200, 5],
    [400, 5],
    [1000, 2],
    [4000, 2],
  ])("in a cluster of %i nodes go out %i times a second", (nodes, perSecond) => {
    const node = new Node(nodes);
    node.run(1000);
    node.rumours = 0;
    node.run(2000);
    expect(node.rumours).toBe(2 * perSecond);
  });

  test("of a death go out at once, and of many deaths in a row once more", () => {
    const node = new Node(50);
    node.run(200);
    node.rumours = 0;
    node.run(TICK_MS);
    node.refuse(1);
    expect(node.rumours).toBe(1);
    for (let index = 2; index < 50; index += 1) node.refuse(index);
    expect(node.rumours).toBe(1);
    node.run(TICK_MS);
    expect(node.rumours).toBe(2);
  });

  // The leader tells everybody, at the same time: a rumour that came first would have all the facts asked for.
  test("of new facts can wait", () => {
    const node = new Node(3);
    node.run(100 + TICK_MS);
    node.rumours = 0;
    node.run(TICK_MS);
    node.learn(factsOf(4, 2));
    expect(node.rumours).toBe(0);
  });
});
