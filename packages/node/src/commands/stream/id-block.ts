import { CommandError, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import { parseStreamId, type ReferencePolicy, type StreamId } from "@slotcast/store";
import { parseInteger } from "../parse-integer.ts";
import { isReferencePolicy } from "./reference-policy.ts";

const NO_IDS = new CommandError("ERR", "IDS option is required");
const NOT_POSITIVE = new CommandError("ERR", "Number of IDs must be a positive integer");
const TOO_FEW = new CommandError(
  "ERR",
  "The `numids` parameter must match the number of arguments",
);

/** What follows the key of XDELEX, and the group of XACKDEL. */
export interface IdBlock {
  readonly references: ReferencePolicy;
  /** Not parsed yet: without such a stream they are not looked at. */
  readonly idTexts: readonly Bytes[];
}

/**
 * `[KEEPREF | DELREF | ACKED] IDS numids id [id …]` from argument `from` on, in either order.
 * Source: Redis 8.2 (documentation).
 */
export function parseIdBlock(argv: readonly Bytes[], from: number): IdBlock {
  let references: ReferencePolicy | undefined;
  let idTexts: readonly Bytes[] | undefined;
  for (let at = from; at < argv.length; at += 1) {
    const option = lower(argv[at] as Bytes); // below length
    const countText = argv[at + 1];
    if (references === undefined && isReferencePolicy(option)) {
      references = option;
    } else if (idTexts === undefined && option === "ids" && countText !== undefined) {
      const count = parseInteger(countText);
      if (count === undefined || count < 1) throw NOT_POSITIVE;
      if (count > argv.length - at - 2) throw TOO_FEW;
      idTexts = argv.slice(at + 2, at + 2 + count);
      at += 1 + count;
    } else {
      throw SYNTAX_ERROR;
    }
  }
  if (idTexts === undefined) throw NO_IDS;
  return { references: references ?? "keepref", idTexts };
}

/** All of them first: one that is none must not leave half of the work done. */
export function parseIds(texts: readonly Bytes[]): StreamId[] {
  return texts.map((text) => parseStreamId(text, 0));
}
