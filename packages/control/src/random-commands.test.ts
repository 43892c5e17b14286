import fc from "fast-check";
import { expect, test } from "vitest";
import { applyCommand, applyLogCommand } from "./apply-command.ts";
import { commandFromPlain, commandToPlain } from "./command-shape.ts";
import { decide } from "./decide.ts";
import type { FactCommand } from "./fact-command.ts";
import type { Facts, NodeFact, ShardFact } from "./facts.ts";
import { factsFromPlain, factsToPlain } from "./facts-shape.ts";
import { checkFacts } from "./invariants.ts";
import type { LeaderView } from "./leader-view.ts";
import { found } from "./test-commands.ts";
import { clusterOf, founded, withVoters } from "./test-facts.ts";
import { historyId, id, nodeFact, shardId } from "./test-names.ts";
import { majorityOf } from "./voter-count.ts";

// Goal: whatever commands come in whatever order, the facts hold, and so does what never goes back.
// Method: commands are drawn as numbers and aimed at the facts as they are, so that most of them are sound; some miss
// by one epoch, incarnation or node.

const NODES = ["a1", "a2", "b1", "b2", "d1", "e1"];
const SHARDS = ["a", "b", "d", "e", "f"];
const KINDS = [
  ...[
    "join",
    "join",
    "join",
    "restart",
    "move",
    "forget",
    "forget",
    "reset",
    "assign",
    "assign",
    "release",
  ],
  ...["replicate", "replicate", "replicate", "detach", "grow", "grow", "grow", "grow", "shrink"],
  ...["promote", "promote", "takeover", "epoch", "voters", "decide", "decide", "found"],
] as const;

/** `miss`: 0 is off by one. */
interface Draw {
  readonly kind: (typeof KINDS)[number];
  readonly node: string;
  readonly shard: string;
  readonly slot: number;
  readonly miss: number;
}

const DRAW: fc.Arbitrary<Draw> = fc.record({
  kind: fc.constantFrom(...KINDS),
  node: fc.constantFrom(...NODES),
  shard: fc.constantFrom(...SHARDS),
  slot: fc.nat({ max: 7 }),
  miss: fc.nat({ max: 9 }),
});

function commandsOf(facts: Facts, draw: Draw, step: number): FactCommand[] {
  const { kind, slot } = draw;
  const off = draw.miss === 0 ? 1 : 0;
  const node = facts.nodes.get(id(draw.node));
  const shard = facts.shards.get(node?.shardId ?? shardId(draw.shard));
  const slots = [{ first: slot * 2000, last: slot * 2000 + 1500 + off * 600 }];
  const fresh = step.toString(16);
  const newcomer = nodeFact(draw.node, { shard: off === 1 ? draw.shard : `d${fresh}` });
  switch (kind) {
    case "found":
      return [found(newcomer)];
    case "join":
      return [
        {
          kind,
          node: { ...newcomer, incarnation: 1 + (slot % 3) },
          historyId: historyId(fresh),
          epoch: slot,
          slots: slot < 4 ? [] : slots,
          isInvited: draw.miss === 9,
          knownVersion: facts.version - off,
        },
      ];
    case "voters":
    case "decide":
      return [];
    case "assign":
    case "release":
      return shard === undefined
        ? []
        : [
            {
              kind: kind === "assign" ? "assign-slots" : "release-slots",
              shardId: shard.id,
              slots,
            },
          ];
    default:
      return node === undefined || shard === undefined
        ? []
        : [aimed(facts, { draw, kind, node, shard, off, fresh })];
  }
}

function aimed(
  facts: Facts,
  about: {
    draw: Draw;
    kind: Exclude<Draw["kind"], "found" | "join" | "voters" | "decide" | "assign" | "release">;
    node: NodeFact;
    shard: ShardFact;
    off: number;
    fresh: string;
  },
): FactCommand {
  const { draw, kind, node, shard, off, fresh } = about;
  const { shardId: _shardId, ...placeless } = node;
  const member = { nodeId: node.id, incarnation: node.incarnation };
  const epoch = Math.max(0, shard.epoch - off);
  const version = { epoch, isrVersion: Math.max(0, shard.isrVersion - (draw.miss === 1 ? 1 : 0)) };
  const others = shard.isr.filter(({ nodeId }) => nodeId !== node.id);
  switch (kind) {
    case "restart":
      return {
        kind: "update-node",
        node: { ...placeless, incarnation: Math.max(0, node.incarnation + 1 - 2 * off) },
      };
    case "move":
      return { kind: "update-node", node: { ...placeless, port: draw.slot } };
    case "forget":
    case "reset":
      return { kind: "forget", nodeId: node.id, byReset: kind === "reset" };
    case "replicate": {
      const target = [...facts.shards.keys()][draw.slot % facts.shards.size] ?? shard.id;
      return { kind, nodeId: node.id, shardId: target };
    }
    case "detach":
      return { kind, nodeId: node.id, shardId: shardId(`e${fresh}`), historyId: historyId(fresh) };
    case "grow":
      return { kind: "set-isr", shardId: shard.id, ...version, isr: [...others, member] };
    case "shrink":
      return { kind: "set-isr", shardId: shard.id, ...version, isr: others };
    case "promote":
      return { kind, shardId: shard.id, epoch, member };
    case "takeover":
      return {
        kind: "promote",
        shardId: shard.id,
        epoch,
        member,
        lossy: { historyId: historyId(fresh) },
      };
    case "epoch":
      return {
        kind: "set-epoch",
        shardId: shard.id,
        epoch: Math.max(0, facts.currentEpoch + draw.slot - 2),
      };
  }
}

const START = fc.constantFrom(
  founded(nodeFact("a1")),
  clusterOf(["a1", "a2"], ["b1", "b2"]),
  withVoters(clusterOf(["a1", "a2", "b1"], ["b2"]), "b2", "a2"),
);

/** Rumours that follow from the draw: any pattern of suspicion can come. */
function viewOf(facts: Facts, { slot, miss }: Draw): LeaderView {
  const ids = [...facts.nodes.keys()];
  const isGone = (nodeId: string): boolean =>
    nodeId !== facts.voters[0] && ((ids.indexOf(nodeId) + slot) * (miss + 1)) % 4 === 0;
  return {
    facts,
    selfId: facts.voters[0] ?? "",
    supporters: (nodeId) => new Set(isGone(nodeId) ? facts.voters : facts.voters.slice(0, 1)),
    progress: (nodeId) => {
      const node = facts.nodes.get(nodeId);
      const shard = facts.shards.get(node?.shardId ?? "");
      if (node === undefined || shard === undefined || miss === 9) return undefined;
      const { epoch, historyId: history } = shard;
      return { incarnation: node.incarnation, historyId: history, epoch, offset: slot };
    },
    isThere: (nodeId) => !isGone(nodeId),
    hasAnswered: (nodeId) => !isGone(nodeId),
    absentMs: (nodeId) => (isGone(nodeId) ? 60_000 : 0),
    leaving: new Set(miss === 8 ? ids.slice(slot, slot + 1) : []),
  };
}

/** What must hold from one step to the next, besides what holds of each. */
function expectForward(before: Facts, after: Facts, command: FactCommand): void {
  expect(after.currentEpoch).toBeGreaterThanOrEqual(before.currentEpoch);
  for (const shard of before.shards.values()) {
    const next = after.shards.get(shard.id);
    const hadSlots = before.slotOwners.includes(shard.id);
    if (next === undefined) expect(hadSlots).toBe(false);
    if (next === undefined) continue;
    expect(next.epoch).toBeGreaterThanOrEqual(shard.epoch);
    expect(next.isrVersion - shard.isrVersion).toBe(isSame(next.isr, shard.isr) ? 0 : 1);
    const isLossy = command.kind === "promote" && command.lossy !== undefined;
    if (isLossy || !hadSlots) continue;
    // Data is given up by a takeover only: some process that was in sync and lives still is.
    expect(next.historyId).toBe(shard.historyId);
    const hadCopy = copies(before, shard);
    const isRestart = command.kind === "update-node";
    if (hadCopy.length > 0 && !isRestart) expect(copies(after, next)).not.toEqual([]);
    if (next.primary?.nodeId !== shard.primary?.nodeId) {
      expect(next.epoch).toBeGreaterThan(shard.epoch);
      expect(shard.isr).toContainEqual(next.primary);
    }
  }
}

function copies(facts: Facts, shard: ShardFact): string[] {
  return shard.isr
    .filter(({ nodeId, incarnation }) => facts.nodes.get(nodeId)?.incarnation === incarnation)
    .map(({ nodeId }) => nodeId);
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function applyChecked(before: Facts, command: FactCommand, counts: Map<string, number>): Facts {
  const version = before.version + 1;
  const beforeText = textOf(before);
  expect(commandFromPlain(structuredClone(commandToPlain(command)))).toEqual(command);
  const outcome = applyCommand(before, command, version);
  const repeated = applyCommand(before, command, version);
  if ("refusal" in outcome) expect(repeated).toEqual(outcome);
  else expect("facts" in repeated && textOf(repeated.facts)).toBe(textOf(outcome.facts));
  expect(textOf(before)).toBe(beforeText);
  const name = "refusal" in outcome ? outcome.refusal.code : command.kind;
  counts.set(name, (counts.get(name) ?? 0) + 1);
  if ("refusal" in outcome) return before;
  const { facts } = outcome;
  if (facts === before) return before;
  expect(facts.version).toBe(version);
  expect(checkFacts(facts)).toEqual([]);
  expectForward(before, facts, command);
  const copy = factsFromPlain(JSON.parse(textOf(facts)));
  expect([copy.nodes, copy.shards]).toEqual([facts.nodes, facts.shards]);
  expect(textOf(copy)).toBe(textOf(facts));
  const again = applyCommand(facts, command, version + 1);
  if ("facts" in again) expect(again.facts).toBe(facts);
  return facts;
}

/** All of them: the slots as ranges, which compare faster. */
function textOf(facts: Facts): string {
  return JSON.stringify(factsToPlain(facts));
}

function decideChecked(before: Facts, view: LeaderView, counts: Map<string, number>): Facts {
  let facts = before;
  for (const command of decide(view)) {
    const outcome = applyLogCommand(facts, command, facts.version + 1);
    expect(outcome).toHaveProperty("facts");
    if ("refusal" in outcome) continue;
    expect(outcome.facts).not.toBe(facts);
    expect(checkFacts(outcome.facts)).toEqual([]);
    if (command.kind === "voters") expectVotersOneApart(facts.voters, command.voters, view);
    facts = outcome.facts;
    const name = `decide ${command.kind}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return facts;
}

function expectVotersOneApart(
  before: readonly string[],
  after: readonly string[],
  view: LeaderView,
): void {
  const changed = [
    ...before.filter((voter) => !after.includes(voter)),
    ...after.filter((voter) => !before.includes(voter)),
  ];
  expect([changed.length, new Set(after).size]).toEqual([1, after.length]);
  const present = after.filter((voter) => view.isThere(voter)).length;
  expect(present).toBeGreaterThanOrEqual(majorityOf(after.length));
}

test("any sequence of commands leaves facts that hold, and loses no data but by takeover", () => {
  const counts = new Map<string, number>();
  fc.assert(
    fc.property(START, fc.array(DRAW, { minLength: 40, maxLength: 80 }), (start, draws) => {
      let facts = start;
      for (const [step, draw] of draws.entries()) {
        for (const command of commandsOf(facts, draw, step + 1)) {
          facts = applyChecked(facts, command, counts);
        }
        if (draw.kind === "decide") facts = decideChecked(facts, viewOf(facts, draw), counts);
      }
    }),
    { numRuns: Number(process.env["COMMAND_RUNS"] ?? 150) },
  );
  // The draws reach everything.
  for (const name of REACHED) expect([name, counts.get(name) ?? 0]).not.toEqual([name, 0]);
});

const REACHED = [
  ...["join", "update-node", "forget", "assign-slots", "release-slots", "replicate", "detach"],
  ...["set-isr", "promote", "set-epoch", "decide facts", "decide voters"],
  ...["stale", "slot-taken", "not-empty", "not-in-sync", "voter", "forgotten"],
];
