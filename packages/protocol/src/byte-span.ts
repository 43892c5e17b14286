import { ascii, slice, type Bytes } from "./bytes.ts";
import { nextBulkHead } from "./bulk-run.ts";

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

/**
 * A request as it came in, an array of bulk strings, with another word in the place of one. `words` are those that the
 * span has: lengths without leading zeros, which is all that a decoder takes, so they say where each of them stands.
 *
 * Cost: two views and four concatenations, however many words there are.
 */
export function withWord(
  span: ByteSpan,
  words: readonly Bytes[],
  { index, word }: { readonly index: number; readonly word: Bytes },
): Bytes {
  // The end of the line before each word belongs to its head, and that of the last one to nobody.
  let at = 1 + digitsOf(words.length);
  for (let before = 0; before < index; before += 1) at += sizeOf(words[before]?.length ?? 0);
  const bytes = bytesOfSpan(span);
  const head = slice(bytes, 0, at);
  const tail = slice(bytes, at + sizeOf(words[index]?.length ?? 0));
  return ascii(head + nextBulkHead(word.length) + word + tail);
}

/** Of a bulk string with the end of the line before it, and without its own. */
function sizeOf(length: number): number {
  return 5 + digitsOf(length) + length;
}

function digitsOf(count: number): number {
  let digits = 1;
  for (let rest = count; rest >= 10; rest = Math.floor(rest / 10)) digits += 1;
  return digits;
}
