import { CommandError, lower, type Bytes } from "@slotcast/protocol";
import type { Connection } from "../../connection.ts";

/** The words of `TYPE` in CLIENT LIST and CLIENT KILL. A link to a primary is no client here, so there is no `master`. */
export type ClientType = "normal" | "pubsub" | "replica" | "master";

const TYPE_BY_WORD: Readonly<Record<string, ClientType>> = {
  normal: "normal",
  pubsub: "pubsub",
  replica: "replica",
  slave: "replica",
  master: "master",
};

export function clientTypeOf(connection: Connection): ClientType {
  if (connection.takenOver !== undefined) return "replica";
  return connection.isSubscriber ? "pubsub" : "normal";
}

export function parseClientType(word: Bytes): ClientType {
  const name = lower(word);
  const type = Object.hasOwn(TYPE_BY_WORD, name) ? TYPE_BY_WORD[name] : undefined;
  if (type === undefined) throw new CommandError("ERR", `Unknown client type '${word}'`);
  return type;
}
