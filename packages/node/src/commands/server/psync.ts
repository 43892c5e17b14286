import { CommandError } from "@slotcast/protocol";

const NOT_REDIS = new CommandError(
  "ERR",
  "SYNC and PSYNC are not supported: this is a Slotcast server, and only Slotcast servers can be its replicas",
);

/** SYNC, and PSYNC replicationid offset: how a redis-server asks to be a replica. See docs/replication.md for ours. */
export function psync(): never {
  throw NOT_REDIS;
}
