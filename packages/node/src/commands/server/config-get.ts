import { fromText, toText, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** CONFIG GET glob ... Reply: a map of the directives that any of them matches. */
export function configGet({ broker, reply }: CommandContext, argv: readonly Bytes[]): void {
  const pairs = broker.config.getMatching(argv.slice(2).map(toText));
  reply.map(pairs.length);
  for (const [name, value] of pairs) {
    reply.bulk(fromText(name));
    reply.bulk(fromText(value));
  }
}
