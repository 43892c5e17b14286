import { EMPTY, SYNTAX_ERROR, toText, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** CONFIG SET directive value [directive value ...]: all of them or none. */
export function configSet({ broker, reply }: CommandContext, argv: readonly Bytes[]): void {
  if (argv.length % 2 === 1) throw SYNTAX_ERROR;
  const pairs: (readonly [name: string, value: string])[] = [];
  for (let index = 2; index < argv.length; index += 2) {
    pairs.push([toText(argv[index] ?? EMPTY), toText(argv[index + 1] ?? EMPTY)]);
  }
  broker.config.set(pairs);
  reply.ok();
}

/** CONFIG REWRITE: what is in force now, into the file the node was started with. */
export function configRewrite({ broker, reply }: CommandContext): void {
  broker.config.rewrite();
  reply.ok();
}
