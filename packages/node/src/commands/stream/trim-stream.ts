import { ascii, type Bytes } from "@slotcast/protocol";
import {
  dropTrimmedReferences,
  formatStreamId,
  trimUnneeded,
  type Stream,
  type StreamId,
} from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import type { Trim } from "./trim-arguments.ts";

export interface Trimmed {
  readonly removed: number;
  /** With ACKED: below it every entry was looked at; `undefined`: all were. */
  readonly end: StreamId | undefined;
}

/** Trims as XADD and XTRIM ask for it. */
export function trimStream(stream: Stream, trim: Trim): Trimmed {
  const { threshold, references } = trim;
  if (references === "acked") {
    const end = stream.trimEnd(threshold, trim);
    return { removed: trimUnneeded(stream, end), end };
  }
  const removed =
    threshold.by === "maxlen"
      ? stream.trimByLength(threshold.lengthMax, trim)
      : stream.trimByMinId(threshold.idMin, trim);
  if (references === "delref" && removed > 0) dropTrimmedReferences(stream);
  return { removed, end: undefined };
}

/** What has to be told of a trim that removed something. The effect is exact, whatever `~` and LIMIT left behind. */
export function announceTrim(
  context: CommandContext,
  key: Bytes,
  { stream, trim, end }: Pick<Trimmed, "end"> & { readonly stream: Stream; readonly trim: Trim },
): void {
  context.notify("stream", "xtrim", key);
  context.effects?.append([ascii("XTRIM"), key, ...extentOf(stream, trim, end).map(ascii)]);
}

function extentOf(stream: Stream, { references }: Trim, end: StreamId | undefined): string[] {
  if (references !== "acked") {
    const extent = ["MAXLEN", "=", String(stream.length)];
    return references === "delref" ? [...extent, "DELREF"] : extent;
  }
  // By id: which entries are left says nothing about how many were looked at.
  if (end !== undefined) return ["MINID", "=", formatStreamId(end), "ACKED"];
  return ["MAXLEN", "=", "0", "ACKED"];
}
