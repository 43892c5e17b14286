import { ascii, CommandError, EMPTY, lower, type Bytes } from "@slotcast/protocol";
import { Restriction } from "../../connection.ts";
import { REDIS_VERSION } from "../../redis-version.ts";
import type { CommandContext } from "../handler.ts";
import { parseInt64 } from "../parse-integer.ts";
import { isReplica } from "../server/replication-of.ts";
import { authenticate } from "./authentication.ts";
import { changeProtocol } from "./change-protocol.ts";
import { setClientName } from "./client-name.ts";

const NOT_A_VERSION = new CommandError("ERR", "Protocol version is not an integer or out of range");
const UNSUPPORTED = new CommandError("NOPROTO", "unsupported protocol version");
const NOT_AUTHENTICATED = new CommandError(
  "NOAUTH",
  "HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
);

/**
 * HELLO [2 | 3 [AUTH user password] [SETNAME name]]. Reply: a map of facts, in the protocol it chose.
 *
 * Options take effect one by one, so those before a mistake hold; the protocol changes only when all is well.
 * Source: Redis 7.0 src/networking.c, helloCommand.
 */
export function hello(context: CommandContext, argv: readonly Bytes[]): void {
  const { client } = context;
  const protocol = argv[1] === undefined ? client.protocol : parseProtocol(argv[1]);
  for (let index = 2; index < argv.length;) index += applyOption(context, argv.slice(index));
  if ((client.restrictions & Restriction.needsAuth) !== 0) throw NOT_AUTHENTICATED;
  changeProtocol(context, protocol);
  writeFacts(context);
}

/** Returns how many words the option took. */
function applyOption(
  context: CommandContext,
  [option = EMPTY, ...values]: readonly Bytes[],
): number {
  const [first, second] = values;
  const word = lower(option);
  if (word === "auth" && first !== undefined && second !== undefined) {
    authenticate(context, { user: first, password: second });
    return 3;
  }
  if (word === "setname" && first !== undefined) {
    setClientName(context.client, first);
    return 2;
  }
  throw new CommandError("ERR", `Syntax error in HELLO option '${option}'`);
}

function parseProtocol(text: Bytes): 2 | 3 {
  const version = parseInt64(text);
  if (version === undefined) throw NOT_A_VERSION;
  if (version !== 2 && version !== 3) throw UNSUPPORTED;
  return version;
}

function writeFacts({ client, broker }: CommandContext): void {
  const { reply } = client;
  const bulk = (text: string): void => {
    reply.bulk(ascii(text));
  };
  reply.map(7);
  bulk("server");
  bulk("redis");
  bulk("version");
  bulk(REDIS_VERSION);
  bulk("proto");
  reply.integer(client.protocol);
  bulk("id");
  reply.integer(client.id);
  bulk("mode");
  bulk(broker.cluster === undefined ? "standalone" : "cluster");
  bulk("role");
  bulk(isReplica(broker) ? "replica" : "master");
  bulk("modules");
  reply.array(0);
}
