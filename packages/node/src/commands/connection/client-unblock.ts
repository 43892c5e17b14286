import { CommandError, EMPTY, lower, NOT_AN_INTEGER, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInt64 } from "../parse-integer.ts";
import { wrongSubcommandArity } from "./wrong-subcommand-arity.ts";

const BAD_REASON = new CommandError("ERR", "CLIENT UNBLOCK reason should be TIMEOUT or ERROR");

/** CLIENT UNBLOCK id [TIMEOUT | ERROR]: ends its wait as by time-out, or by an error. Reply: 1, or 0 if not blocked. */
export function clientUnblock({ broker, reply }: CommandContext, argv: readonly Bytes[]): void {
  const [, , idText = EMPTY, reason = EMPTY, ...rest] = argv;
  if (rest.length > 0) throw wrongSubcommandArity(argv);
  const word = argv.length === 3 ? "timeout" : lower(reason);
  if (word !== "timeout" && word !== "error") throw BAD_REASON;
  const id = parseInt64(idText);
  if (id === undefined) throw NOT_AN_INTEGER;
  const target = broker.clients.get(Number(id));
  const isBlocked = target !== undefined && broker.blocking.mayUnblock(target);
  // Replies first: the other client's reply may go through the same writer.
  reply.integer(isBlocked ? 1 : 0);
  if (isBlocked) broker.blocking.unblock(target, word === "error");
}
