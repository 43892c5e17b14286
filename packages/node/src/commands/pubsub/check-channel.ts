import { CommandError, type Bytes } from "@slotcast/protocol";
import { CHANNEL_BYTES_MAX } from "../../limits.ts";

const TOO_LONG = new CommandError(
  "ERR",
  `a channel or pattern takes at most ${CHANNEL_BYTES_MAX} bytes`,
);

/** Throws when the channel or pattern is longer than a delivery may repeat. */
export function checkChannel(name: Bytes): void {
  if (name.length > CHANNEL_BYTES_MAX) throw TOO_LONG;
}
