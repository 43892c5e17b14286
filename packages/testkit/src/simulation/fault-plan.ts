import type { Fault, FaultKind, PlannedFault, Target } from "./fault.ts";
import type { Profile } from "./profiles.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { Moment } from "./witness.ts";

export interface PlanOptions {
  readonly profile: Profile;
  readonly random: SeededRandom;
  readonly nodes: number;
  readonly clients: number;
  readonly shards: number;
  readonly fromMs: number;
  readonly toMs: number;
}

const MINUTE_MS = 60_000;
/** Now and then faults come in a heap: each is bearable, and together they meet states that are seldom. */
const HEAP_RATE = 0.25;
const HEAP_MS = 400;

/** What will go wrong, and when: all of it is known before the run begins. */
export function planFaults(options: PlanOptions): PlannedFault[] {
  const { profile, random, fromMs, toMs } = options;
  const plan: PlannedFault[] = [];
  // Some runs are quieter than others: a fault is best understood alone.
  const share = random.pick([0.3, 0.7, 1, 1, 1.6]);
  for (const [kind, perMinute] of Object.entries(profile.perMinute)) {
    const expected = (perMinute * share * (toMs - fromMs)) / MINUTE_MS;
    const count = Math.floor(expected) + (random.chance(expected % 1) ? 1 : 0);
    for (let index = 0; index < count; index += 1) {
      const heap = plan.at(-1 - random.below(Math.max(plan.length, 1)));
      const atMs =
        heap !== undefined && random.chance(HEAP_RATE)
          ? heap.atMs + random.betweenByScale(0.5, HEAP_MS)
          : random.between(fromMs, toMs);
      const fault = drawFault(kind as FaultKind, options); // a key of perMinute
      plan.push({ atMs: Math.round(atMs * 100) / 100, fault });
    }
  }
  return plan.sort((left, right) => left.atMs - right.atMs);
}

function drawFault(kind: FaultKind, options: PlanOptions): Fault {
  const { random, shards } = options;
  const target = drawTarget(options);
  const shard = random.below(shards);
  switch (kind) {
    case "kill":
    case "power-off":
      return { kind, target, downMs: drawDownMs(random), isReckless: random.chance(0.06) };
    case "lose-disk":
      return { kind, target, downMs: drawDownMs(random) };
    case "ambush":
      return { kind, moment: random.pick(MOMENTS), downMs: random.betweenByScale(5, 1500) };
    case "pause":
      return { kind, target, forMs: random.betweenByScale(15, 12_000) };
    case "reset":
      return { kind, target };
    case "partition":
      return { kind, hosts: drawSide(options), forMs: random.betweenByScale(30, 9000) };
    case "isolate":
      return {
        kind,
        target,
        from: random.pick(["all", "all", "voters", "shard", "shard", "clients", "one"]),
        ways: random.pick(["both", "both", "in", "out"]),
        forMs: random.betweenByScale(30, 9000),
        flapMs: random.chance(0.25) ? random.betweenByScale(20, 800) : 0,
      };
    case "slow-links":
      return {
        kind,
        target,
        extraMs: random.betweenByScale(2, 600),
        forMs: random.betweenByScale(200, 9000),
      };
    case "slow-disk":
      return {
        kind,
        target,
        writeMs: random.betweenByScale(20, 1500),
        forMs: random.betweenByScale(200, 9000),
      };
    case "step-clock":
      return { kind, target, byMs: Math.round(random.between(-20_000, 20_000)) };
    case "lose-batch":
      return { kind };
    case "fail-over":
    case "hand-over":
    case "bump-epoch":
    case "join":
      return { kind, shard };
    case "replicate":
      return { kind, target: { is: "replica", shard: random.below(shards) }, shard };
    case "forget":
      return {
        kind,
        target: { is: "replica", shard },
        forMs: random.betweenByScale(500, 15_000),
      };
  }
}

const MOMENTS: readonly [Moment, ...Moment[]] = [
  "write",
  "write",
  "vote",
  "promotion",
  "promotion",
  "set-change",
  "snapshot",
  "serve",
  "serve",
];

function drawTarget({ random, nodes, shards }: PlanOptions): Target {
  const chance = random.next();
  if (chance < 0.4) return { is: "primary", shard: random.below(shards) };
  if (chance < 0.6) return { is: "replica", shard: random.below(shards) };
  if (chance < 0.75) return { is: "leader" };
  if (chance < 0.85) return { is: "voter", index: random.below(5) };
  return { is: "host", host: random.below(nodes) };
}

/** Short ones meet nodes that have not noticed yet, long ones meet those that have replaced it. */
function drawDownMs(random: SeededRandom): number {
  return random.betweenByScale(5, 6000);
}

/** Clients may be on either side. */
function drawSide({ random, nodes, clients }: PlanOptions): number[] {
  const hosts = Array.from({ length: nodes + clients }, (_, host) => host);
  const count = 1 + random.below(Math.floor(nodes / 2));
  const side = random.shuffled(hosts.slice(0, nodes)).slice(0, count);
  return [...side, ...hosts.slice(nodes).filter(() => random.chance(0.4))];
}
