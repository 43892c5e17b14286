import { applyCommand, checkFacts, type FactCommand, type Facts } from "@slotcast/control";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSeeds } from "../config/seed-address.ts";
import { Assembly, type AssemblyAction, type SeedAnswer } from "./assembly.ts";
import { applied, founded, id, joined, nodeFact } from "./test-facts.ts";

// Goal: nodes that know a few seeds become one cluster, never two, whatever is late, dead or started again.
// Method: nodes as the bus and control let them live, with random delays; clusters are shared facts that each member
// sees some time later.

interface Cluster {
  facts: Facts;
}

interface TestNode {
  readonly name: string;
  /** A member sees it with a delay. */
  cluster: Cluster;
  seen: Facts;
  assembly: Assembly | undefined;
  /** Its process; answers for an earlier one are lost. */
  life: number;
}

interface Scene {
  readonly nodes: readonly { readonly startMs: number; readonly restartMs?: number }[];
  readonly size: number;
  readonly replicas: number;
  readonly seeds: number;
  readonly deadSeedAt?: number;
  readonly random: () => number;
}

const STEP_MS = 20;
const END_MS = 40_000;
const LATENCY_MS_MAX = 400;

const nameOf = (index: number): string => (0xa1 + index).toString(16);

class World {
  readonly nodes: TestNode[];
  readonly clusters = new Set<Cluster>();
  readonly #scene: Scene;
  readonly #seeds: ReturnType<typeof parseSeeds>;
  #nowMs = 0;
  /** In no order. */
  #timers: { readonly atMs: number; readonly act: () => void }[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
    this.nodes = scene.nodes.map((_, index) => this.#fresh(nameOf(index)));
    const texts = this.nodes.slice(0, scene.seeds).map(({ name }) => `${name}:7000`);
    if (scene.deadSeedAt !== undefined) texts.splice(scene.deadSeedAt, 0, "dead:7000");
    this.#seeds = parseSeeds(texts);
    for (const [index, { startMs, restartMs }] of scene.nodes.entries()) {
      const node = this.nodes[index];
      if (node === undefined) continue;
      this.#after(startMs, () => {
        this.#start(node);
      });
      if (restartMs === undefined) continue;
      this.#after(restartMs, () => {
        node.assembly = undefined;
        node.life += 1;
        // What it knew is on its disk.
        this.#after(this.#latencyMs(), () => {
          this.#start(node);
        });
      });
    }
  }

  run(): void {
    while (this.#nowMs < END_MS) {
      this.#nowMs += STEP_MS;
      const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
      this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#nowMs);
      for (const { act } of due) act();
      for (const node of this.nodes) {
        for (const action of node.assembly?.step(node.seen, this.#nowMs) ?? []) {
          this.#perform(node, action);
        }
      }
      const large = [...this.clusters].filter(({ facts }) => facts.nodes.size > 1);
      if (large.length > 1) throw new Error("two clusters");
    }
  }

  #fresh(name: string): TestNode {
    const cluster: Cluster = {
      facts: {
        ...founded(nodeFact(name, { shardId: id(`5a${name}`) })),
        clusterId: id(`c${name}`),
      },
    };
    this.clusters.add(cluster);
    return { name, cluster, seen: cluster.facts, assembly: undefined, life: 1 };
  }

  #start(node: TestNode): void {
    if (node.assembly !== undefined) return;
    const { size, replicas, random } = this.#scene;
    const plan = { size, replicas };
    node.assembly = new Assembly({ selfId: id(node.name), seeds: this.#seeds, plan, random });
  }

  #perform(node: TestNode, action: AssemblyAction): void {
    const { life } = node;
    const answered = (act: (assembly: Assembly) => void): void => {
      this.#after(this.#latencyMs(), () => {
        if (node.life === life && node.assembly !== undefined) act(node.assembly);
      });
    };
    this.#after(this.#latencyMs(), () => {
      if (action.do === "propose") {
        const isAccepted = this.#decide(node.cluster, action.command);
        answered((assembly) => {
          if (isAccepted) node.seen = node.cluster.facts;
          assembly.decided(isAccepted, this.#nowMs);
        });
        return;
      }
      const other = this.nodes.find(({ name }) => name === action.seed.host);
      const answer = node.life === life ? this.#meet(node, other) : "failed";
      const entered = answer === "joined" ? other?.cluster : undefined;
      answered((assembly) => {
        if (entered !== undefined) this.#move(node, entered);
        assembly.met(action.seed, answer, { facts: node.seen, nowMs: this.#nowMs });
      });
    });
  }

  /** As joining.ts has it: who is alone asks, and who is alone lets somebody in when its assembly says so. */
  #meet(node: TestNode, other: TestNode | undefined): SeedAnswer {
    if (other === node) return "self";
    if (other?.assembly === undefined) return "failed";
    if (other.cluster === node.cluster) return "joined";
    if (node.cluster.facts.nodes.size > 1 || !other.assembly.mayBeJoined(other.seen))
      return "failed";
    const shard = node.cluster.facts.shards.values().next().value;
    const fact = node.cluster.facts.nodes.get(id(node.name));
    if (fact === undefined || shard === undefined) throw new Error("alone without a shard");
    const { historyId } = shard;
    const ask = { kind: "join", historyId, epoch: 0, slots: [], isInvited: false } as const;
    const knownVersion = other.cluster.facts.version;
    return this.#decide(other.cluster, { ...ask, knownVersion, node: fact }) ? "joined" : "refused";
  }

  #move(node: TestNode, cluster: Cluster): void {
    if (node.cluster === cluster) return;
    this.clusters.delete(node.cluster);
    node.cluster = cluster;
    node.seen = cluster.facts;
  }

  #decide(cluster: Cluster, command: FactCommand): boolean {
    const outcome = applyCommand(cluster.facts, command, cluster.facts.version + 1);
    if ("refusal" in outcome) return false;
    cluster.facts = outcome.facts;
    expect(checkFacts(cluster.facts)).toEqual([]);
    for (const node of this.nodes) {
      const { facts } = cluster;
      this.#after(this.#latencyMs(), () => {
        if (node.cluster === cluster && facts.version > node.seen.version) node.seen = facts;
      });
    }
    return true;
  }

  #after(ms: number, act: () => void): void {
    this.#timers.push({ atMs: this.#nowMs + ms, act });
  }

  #latencyMs(): number {
    return this.#scene.random() * LATENCY_MS_MAX;
  }
}

/** `0-5460: a1 a4`, by shard. */
function layout(facts: Facts): string[] {
  return [...facts.shards.values()].map((shard) => {
    const first = facts.slotOwners.indexOf(shard.id);
    const last = facts.slotOwners.lastIndexOf(shard.id);
    const count = [...facts.nodes.values()].filter(({ shardId }) => shardId === shard.id).length;
    return first < 0 ? `none: ${count}` : `${first}-${last}: ${count}`;
  });
}

const scenes = fc.record({
  nodes: fc.array(
    fc.record(
      { startMs: fc.nat({ max: 5000 }), restartMs: fc.nat({ max: 10_000 }) },
      { requiredKeys: ["startMs"] },
    ),
    { minLength: 6, maxLength: 8 },
  ),
  seeds: fc.integer({ min: 1, max: 6 }),
  deadSeedAt: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  seed: fc.nat(),
});

function randomFrom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

test("six nodes or more become one cluster of three pairs, whatever is late, dead or started again", () => {
  fc.assert(
    fc.property(scenes, ({ nodes, seeds, deadSeedAt, seed }) => {
      const random = randomFrom(seed);
      const scene = { nodes, seeds, size: 6, replicas: 1, random };
      const world = new World(deadSeedAt === undefined ? scene : { ...scene, deadSeedAt });
      world.run();
      const [cluster, ...others] = world.clusters;
      expect(others).toEqual([]);
      const lines = layout(cluster?.facts ?? founded(nodeFact("a1")));
      expect(lines.filter((line) => !line.startsWith("none")).toSorted()).toEqual([
        "0-5460: 2",
        "10923-16383: 2",
        "5461-10922: 2",
      ]);
      expect(lines).toHaveLength(3 + nodes.length - 6);
    }),
    { numRuns: 60 },
  );
});

test("without its first seed nothing begins", () => {
  const nodes = Array.from({ length: 6 }, () => ({ startMs: 0 }));
  const world = new World({
    ...{ nodes, size: 6, replicas: 1, seeds: 3, deadSeedAt: 0 },
    random: randomFrom(1),
  });
  world.run();
  expect(world.clusters.size).toBe(6);
});

test("the first seed lets others in when it has asked all other seeds in vain", () => {
  const seeds = parseSeeds(["a:1,b:1,c:1"]);
  const [a, b, c] = seeds;
  if (a === undefined || b === undefined || c === undefined) throw new Error("three seeds");
  const alone = founded(nodeFact("a1"));
  const plan = { size: 3, replicas: 0 };
  const assembly = new Assembly({ selfId: id("a1"), seeds, plan, random: () => 0 });
  const asked = (answer: SeedAnswer): string => {
    const [action] = assembly.step(alone, 0);
    if (action?.do !== "meet") throw new Error("it asks nobody");
    expect(assembly.step(alone, 0)).toEqual([]);
    assembly.met(action.seed, answer, { facts: alone, nowMs: 0 });
    return action.seed.host;
  };
  expect([asked("self"), asked("failed")]).toEqual(["a", "b"]);
  expect(assembly.mayBeJoined(alone)).toBe(false);
  expect(asked("failed")).toBe("c");
  expect(assembly.mayBeJoined(alone)).toBe(true);
  // Seldom, it asks on: a cluster may have been out of reach. It does not ask itself.
  expect(assembly.step(alone, 1000)).toEqual([]);
  expect(assembly.step(alone, 10_000)).toEqual([{ do: "meet", seed: b }]);
});

test("a node that its cluster does not want begins none of its own", () => {
  const seeds = parseSeeds(["a:1,b:1"]);
  const alone = founded(nodeFact("a1"));
  const plan = { size: 2, replicas: 0 };
  const assembly = new Assembly({ selfId: id("a1"), seeds, plan, random: () => 0 });
  for (const answer of ["self", "refused"] as const) {
    const [action] = assembly.step(alone, 0);
    if (action?.do === "meet") assembly.met(action.seed, answer, { facts: alone, nowMs: 0 });
  }
  expect(assembly.isOver).toBe(true);
  expect(assembly.mayBeJoined(alone)).toBe(false);
  expect(assembly.step(alone, 100_000)).toEqual([]);
});

test("a refusal that comes when the node is in a cluster by another way changes nothing", () => {
  const seeds = parseSeeds(["a:1,b:1"]);
  const alone = founded(nodeFact("a1"));
  const plan = { size: 2, replicas: 0 };
  const assembly = new Assembly({ selfId: id("a1"), seeds, plan, random: () => 0 });
  const together = joined(alone, "b1");
  for (const answer of ["self", "refused"] as const) {
    const [action] = assembly.step(alone, 0);
    if (action?.do !== "meet") throw new Error("it asks nobody");
    assembly.met(action.seed, answer, { facts: together, nowMs: 0 });
  }
  const shard = together.nodes.get(id("a1"))?.shardId;
  expect(assembly.step(together, 0)).toMatchObject([
    { do: "propose", command: { kind: "assign-slots", shardId: shard } },
  ]);
});

test("a node that has had a place is not given another one", () => {
  const plan = { size: 1, replicas: 0 };
  const seeds = parseSeeds(["a:1"]);
  const assembly = new Assembly({ selfId: id("a1"), seeds, plan, random: () => 0 });
  const alone = founded(nodeFact("a1"));
  const [seed] = seeds;
  if (seed === undefined) throw new Error("a seed");
  expect(assembly.step(alone, 0)).toEqual([{ do: "meet", seed }]);
  assembly.met(seed, "self", { facts: alone, nowMs: 0 });
  const slots = [{ first: 0, last: 16_383 }];
  const shardId = alone.nodes.get(id("a1"))?.shardId ?? "";
  expect(assembly.step(alone, 0)).toEqual([
    { do: "propose", command: { kind: "assign-slots", shardId, slots } },
  ]);
  assembly.decided(true, 0);
  const served = applied(alone, { kind: "assign-slots", shardId, slots });
  expect(assembly.step(served, 0)).toEqual([]);
  expect(assembly.isOver).toBe(true);
  const released = applied(served, { kind: "release-slots", shardId, slots });
  expect(assembly.step(released, 0)).toEqual([]);
});
