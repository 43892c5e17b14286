import fc from "fast-check";
import { asReader, groupCommand, parkingGroupRead } from "./group-commands.ts";
import { keyspaceCommand } from "./keyspace-commands.ts";
import { listCommand, listWait, parkingListCommand } from "./list-commands.ts";
import { setCommand } from "./set-commands.ts";
import type { Command } from "./step.ts";
import { parkingRead, streamCommand, streamWait } from "./stream-commands.ts";
import { stringCommand } from "./string-commands.ts";

// Commands on keys: mostly sensible, so that there is data, and often not.

/** What a sequence is mostly about. The others come in between. */
export const FAMILIES = ["strings", "keyspace", "lists", "sets", "streams", "groups"] as const;

export type Family = (typeof FAMILIES)[number];

const COMMANDS: Readonly<Record<Family, fc.Arbitrary<Command>>> = {
  strings: stringCommand,
  keyspace: keyspaceCommand,
  lists: listCommand,
  sets: setCommand,
  streams: streamCommand,
  groups: groupCommand,
};
const FAVOURED = 12;

export function dataCommand(favoured: Family): fc.Arbitrary<Command> {
  return fc.oneof(
    ...FAMILIES.map((family) => ({
      weight: family === favoured ? FAVOURED : 1,
      arbitrary: COMMANDS[family],
    })),
  );
}

/** End by themselves, soon. */
export const waitingCommand: fc.Arbitrary<Command> = fc.oneof(listWait, streamWait);

/** Wait for another connection, or for the end of the sequence. Must be the last of a step. */
export function parkingCommand(favoured: Family): fc.Arbitrary<Command> {
  return fc
    .oneof(
      { weight: favoured === "lists" ? FAVOURED : 1, arbitrary: parkingListCommand },
      { weight: favoured === "streams" ? FAVOURED : 1, arbitrary: parkingRead },
      { weight: favoured === "groups" ? FAVOURED : 1, arbitrary: parkingGroupRead },
    )
    .map((argv) => ({ ...(argv[0] === "XREADGROUP" ? asReader(argv) : { argv }), parks: true }));
}
