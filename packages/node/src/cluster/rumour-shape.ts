import { countOf, fieldsOf, idOf, idsOf, momentOf, NODES_MAX, type Plain } from "@slotcast/control";
import type { Rumour } from "../cluster-core/rumour.ts";

/** As it travels: with each heartbeat, in the `rumour` frames of the bus. */
export function rumourToPlain(rumour: Rumour): Plain {
  const { incarnation, factsVersion, lagMs, suspects, progress } = rumour;
  return {
    ...{ incarnation, factsVersion, lagMs, suspects },
    ...(progress && { progress: { ...progress } }),
  };
}

/** Throws TypeError unless it is what rumourToPlain makes. */
export function rumourFromPlain(value: unknown): Rumour {
  const fields = fieldsOf(value, "rumour", [
    "incarnation",
    "factsVersion",
    "lagMs",
    "suspects",
    "progress?",
  ]);
  return {
    incarnation: countOf(fields.incarnation, "incarnation"),
    factsVersion: countOf(fields.factsVersion, "factsVersion"),
    lagMs: momentOf(fields.lagMs, "lagMs"),
    suspects: idsOf(fields.suspects, "suspects", NODES_MAX),
    ...(fields.progress !== undefined && { progress: progressFrom(fields.progress) }),
  };
}

function progressFrom(value: unknown): NonNullable<Rumour["progress"]> {
  const fields = fieldsOf(value, "progress", ["historyId", "epoch", "offset"]);
  // An empty log is of no history.
  const historyId = fields.historyId === "" ? "" : idOf(fields.historyId, "historyId");
  return {
    historyId,
    epoch: countOf(fields.epoch, "epoch"),
    offset: countOf(fields.offset, "offset"),
  };
}
