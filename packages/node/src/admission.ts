import type { Config } from "./config/config.ts";

const TOO_MANY_CLIENTS = "-ERR max number of clients reached\r\n";
const TOO_MANY_IN_CLUSTER = "-ERR max number of clients + cluster connections reached\r\n";

/** Redis' words (7.0 src/networking.c, clientAcceptHandler): people search the web for them. */
const PROTECTED =
  "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for " +
  "the default user. In this mode connections are only accepted from the loopback interface. If you want to " +
  "connect from external computers to Redis you may adopt one of the following solutions: 1) Just disable " +
  "protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting " +
  "to Redis from the same host the server is running, however MAKE SURE Redis is not publicly accessible from " +
  "internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just " +
  "disable the protected mode by editing the Redis configuration file, and setting the protected mode option " +
  "to 'no', and then restarting the server. 3) If you started the server manually just for testing, restart it " +
  "with the '--protected-mode no' option. 4) Setup a an authentication password for the default user. NOTE: " +
  "You only need to do one of the above things in order for the server to start accepting connections from " +
  "the outside.\r\n";

/** What is known of a connection before it sent anything. */
export interface Newcomer {
  /** `undefined`: it is gone already. */
  readonly remoteAddress: string | undefined;
  /** Connections admitted before it. */
  readonly clientCount: number;
}

/**
 * Why a new connection may not stay, as the error to send before it is closed; `undefined`: welcome. The order
 * is Redis': a full node tells strangers nothing else.
 */
export function refusalFor(newcomer: Newcomer, config: Pick<Config, "get">): string | undefined {
  if (newcomer.clientCount >= config.get("maxclients")) {
    return config.get("cluster-enabled") ? TOO_MANY_IN_CLUSTER : TOO_MANY_CLIENTS;
  }
  const isOpen = !config.get("protected-mode") || config.get("requirepass") !== "";
  return isOpen || isLoopback(newcomer.remoteAddress) ? undefined : PROTECTED;
}

/** A listener on `::` shows IPv4 clients as mapped addresses. */
export function isLoopback(address: string | undefined): boolean {
  const plain = address?.replace(/^::ffff:/, "");
  return plain === "::1" || plain?.startsWith("127.") === true;
}
