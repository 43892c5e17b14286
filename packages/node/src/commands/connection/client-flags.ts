import type { Broker } from "../../broker.ts";
import { Restriction, type Connection } from "../../connection.ts";

/** Every letter that Redis and Valkey show, also those that are never true here. */
export const KNOWN_FLAGS = "OSMPxbtRBdcuAUreTIN";

/**
 * The letters of CLIENT LIST, in Redis' order; `N` when there is none.
 * Source: Redis 7.0 src/networking.c, catClientInfoString.
 */
export function clientFlags({ watchedKeys }: Broker, connection: Connection): string {
  const { restrictions, tracking } = connection;
  // Parked in a blocking command, or held back by a pause: Redis calls both blocked.
  const isLink = connection.takenOver !== undefined;
  const isWaiting = connection.isStopped && !connection.isClosing && !isLink;
  const flags =
    (isLink ? "S" : "") +
    ((restrictions & Restriction.monitor) === 0 ? "" : "O") +
    (connection.isSubscriber ? "P" : "") +
    (connection.transaction === undefined ? "" : "x") +
    (isWaiting ? "b" : "") +
    (tracking === undefined ? "" : "t") +
    (tracking?.isBroken === true ? "R" : "") +
    (tracking?.isBroadcast === true ? "B" : "") +
    (watchedKeys.wasTouched(connection) ? "d" : "") +
    (connection.isClosing ? "c" : "") +
    (connection.readsReplica ? "r" : "") +
    (connection.noEvict ? "e" : "") +
    (connection.noTouch ? "T" : "");
  return flags === "" ? "N" : flags;
}
