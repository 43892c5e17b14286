import { rangesOf, type SlotRange } from "@slotcast/control";
import { CommandError, EMPTY, lower, wrongArity, type Bytes } from "@slotcast/protocol";
import type { ClusterView } from "@slotcast/router";
import type { CommandContext, Handler } from "../handler.ts";
import { proposeAndAnswer } from "./answer-when-decided.ts";
import { clusterOf } from "./cluster-of.ts";
import { parseSlot } from "./parse-slot.ts";

/** What is done with slots of this node. */
interface SlotChange {
  readonly kind: "assign-slots" | "release-slots";
  /** For the messages: `ADDSLOTS` and `ADDSLOTSRANGE` are one thing. */
  readonly verb: string;
  /** Throws when it cannot be done with this slot. */
  check(slot: number, view: ClusterView): void;
}

const ADDING: SlotChange = {
  kind: "assign-slots",
  verb: "ADDSLOTS",
  check(slot, view) {
    if (view.ownerOf(slot) !== undefined) throw error(`Slot ${slot} is already busy`);
  },
};

/** Of another node's slots Redis forgets who has them; here that would be true for all (docs/divergence.md). */
const DELETING: SlotChange = {
  kind: "release-slots",
  verb: "DELSLOTS",
  check(slot, view) {
    const owner = view.ownerOf(slot);
    if (owner === undefined) throw error(`Slot ${slot} is already unassigned`);
    if (owner !== view.selfId) throw error(`I'm not the owner of hash slot ${slot}`);
  },
};

/** CLUSTER ADDSLOTS slot [slot ...]: slots that nobody has become this node's. All or none. Reply: OK. */
export const clusterAddslots = handlerOf(ADDING, slotsIn);
/** CLUSTER ADDSLOTSRANGE first last [first last ...]. Reply: OK. */
export const clusterAddslotsrange = handlerOf(ADDING, rangesIn);
/** CLUSTER DELSLOTS slot [slot ...]: slots of this node become nobody's. All or none. Reply: OK. */
export const clusterDelslots = handlerOf(DELETING, slotsIn);
/** CLUSTER DELSLOTSRANGE first last [first last ...]. Reply: OK. */
export const clusterDelslotsrange = handlerOf(DELETING, rangesIn);

/** CLUSTER FLUSHSLOTS: all slots of this node, which must have no keys, become nobody's. Reply: OK. */
export function clusterFlushslots(context: CommandContext, argv: readonly Bytes[]): void {
  const cluster = clusterOf(context);
  const { admin } = cluster;
  if (context.broker.keyspace.size > 0) {
    throw error("DB must be empty to perform CLUSTER FLUSHSLOTS.");
  }
  const { shardId, slots } = cluster.view.self;
  if (slots.length === 0) {
    context.reply.ok();
    return;
  }
  const command = { kind: "release-slots", shardId, slots } as const;
  proposeAndAnswer(context, argv, { admin, command });
}

/** Source: Redis 7.0 src/cluster.c, clusterCommand and checkSlotAssignmentsOrReply. */
function handlerOf(
  change: SlotChange,
  parse: (argv: readonly Bytes[]) => Iterable<SlotRange>,
): Handler {
  return (context, argv) => {
    const { admin, view } = clusterOf(context);
    const checkedSlots = (): Set<number> => {
      const slots = new Set<number>();
      for (const { first, last } of parse(argv)) {
        for (let slot = first; slot <= last; slot += 1) {
          change.check(slot, view);
          if (slots.has(slot)) throw error(`Slot ${slot} specified multiple times`);
          slots.add(slot);
        }
      }
      return slots;
    };
    const slots = rangesOf(checkedSlots());
    if (view.self.role === "replica") throw error(`Please use ${change.verb} only with masters.`);
    const command = { kind: change.kind, shardId: view.self.shardId, slots };
    proposeAndAnswer(context, argv, { admin, command, recheck: checkedSlots });
  };
}

/** All of them are numbers before one of them is looked at. */
function slotsIn(argv: readonly Bytes[]): SlotRange[] {
  return argv.slice(2).map((text) => {
    const slot = parseSlot(text);
    return { first: slot, last: slot };
  });
}

/** Each is looked at before the next is read. */
function* rangesIn(argv: readonly Bytes[]): Generator<SlotRange> {
  const [, subcommand = EMPTY, ...bounds] = argv;
  if (bounds.length % 2 === 1) throw wrongArity(`cluster|${lower(subcommand)}`);
  for (let at = 0; at < bounds.length; at += 2) {
    const first = parseSlot(bounds[at] ?? EMPTY);
    const last = parseSlot(bounds[at + 1] ?? EMPTY);
    if (first > last) {
      throw error(`start slot number ${first} is greater than end slot number ${last}`);
    }
    yield { first, last };
  }
}

function error(text: string): CommandError {
  return new CommandError("ERR", text);
}
