import { CommandError, type ReplyWriter } from "@slotcast/protocol";
import type { ReplyWork } from "./commands/handler.ts";

/** Writes what `write` has to say, or the error that it throws, which is returned. */
export function writeOrFail(reply: ReplyWriter, write: ReplyWork): CommandError | undefined {
  try {
    write(reply);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    reply.error(error);
    return error;
  }
}
