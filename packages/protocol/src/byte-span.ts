import { ascii, type Bytes } from "./bytes.ts";

/** Bytes in a longer text: from `from` on, up to `to`. */
export interface ByteSpan {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** A view of the text. */
export function bytesOfSpan({ text, from, to }: ByteSpan): Bytes {
  return ascii(text.substring(from, to));
}
