import { CommandError, EMPTY, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

const NOT_PERSISTENT = new CommandError(
  "ERR",
  "fsynced needs persistence, which this version does not have",
);

/**
 * CLIENT DURABILITY <ASYNC | REPLICATED | FSYNCED | DEFAULT>
 *
 * What replies of this connection to commands with keys wait for: nothing, or that every in-sync replica has what the
 * command did and saw. DEFAULT: what the directive `write-ack` says. Without replicas all are the same.
 */
export function clientDurability({ client, reply }: CommandContext, argv: readonly Bytes[]): void {
  const word: string = lower(argv[2] ?? EMPTY);
  switch (word) {
    case "async":
    case "replicated":
    case "default":
      client.durability = word;
      break;
    case "fsynced":
      throw NOT_PERSISTENT;
    default:
      throw SYNTAX_ERROR;
  }
  reply.ok();
}
