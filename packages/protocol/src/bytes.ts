declare const brand: unique symbol;

declare global {
  /** Node has these since its first versions and @types/node does not list them; `toString` and `write` dispatch to them. */
  interface Buffer {
    latin1Slice(start?: number, end?: number): string;
    latin1Write(text: string, offset?: number, length?: number): number;
  }
}

/**
 * A binary string: one char (0–255) per byte, never UTF-16 text. Keys, values, channels and payloads are
 * `Bytes` from the socket to the store, because V8 keeps such strings at one byte per char, off the Buffer
 * pool, and slices and concatenates them for free (measured: docs/decisions/0001-binary-strings.md).
 *
 * Only this file converts. A forgotten `utf8` anywhere else corrupts silently.
 */
export type Bytes = string & { readonly [brand]: true };

export const EMPTY = ascii("");

/** Names a string that is known to hold only chars 0–255: literals, digits, ids. Costs nothing, checks nothing. */
export function ascii(text: string): Bytes {
  return text as Bytes; // the brand is minted here and nowhere else
}

/** Text as its UTF-8 bytes: for configuration values, host names and everything else a human typed. */
export function fromText(text: string): Bytes {
  return ascii(Buffer.from(text, "utf8").latin1Slice());
}

/** Bytes shown to a human: invalid UTF-8 becomes U+FFFD, so never send the result back. */
export function toText(bytes: Bytes): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** One native call; the caller owns the result. */
export function fromBuffer(buffer: Buffer, start = 0, end = buffer.length): Bytes {
  return ascii(buffer.latin1Slice(start, end));
}

export function toBuffer(bytes: Bytes): Buffer {
  return Buffer.from(bytes, "latin1");
}

/** Like `String.prototype.substring`, keeping the brand. 13 chars or more stay a view: see `own`. */
export function slice(bytes: Bytes, start: number, end?: number): Bytes {
  return ascii(bytes.substring(start, end));
}

/** V8 copies substrings below this length and makes views of longer ones (SlicedString::kMinLength). */
const VIEW_CHARS_MIN = 13;
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * The same bytes in a string of its own. A slice of 13 chars or more keeps the whole chunk it was cut from
 * alive (up to 64 KB), so everything that is *kept* (a value, a new key, a channel name) goes through here.
 */
export function own(bytes: Bytes): Bytes {
  const { length } = bytes;
  if (length < VIEW_CHARS_MIN) return bytes;
  if (length > scratch.length) return fromBuffer(Buffer.from(bytes, "latin1"));
  scratch.latin1Write(bytes, 0, length);
  return ascii(scratch.latin1Slice(0, length));
}

/** `patch` written over `bytes` at `at`, with zeros where neither reaches. The caller owns the result. */
export function writeAt(bytes: Bytes, at: number, patch: Bytes): Bytes {
  const buffer = Buffer.alloc(Math.max(bytes.length, at + patch.length));
  buffer.latin1Write(bytes, 0, bytes.length);
  buffer.latin1Write(patch, at, patch.length);
  return fromBuffer(buffer);
}

/**
 * Byte order, as memcmp. Binary strings compare by char code, which is the byte, so `<` is right.
 * Exists so that nobody reaches for `localeCompare`.
 */
export function compareBytes(a: Bytes, b: Bytes): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const ASCII_MAX = 127;
const UPPER_A = 65;
const UPPER_Z = 90;

/** ASCII lower case, as C's tolower in the "C" locale: bytes above 127 stay as they are. */
export function lower(bytes: Bytes): Bytes {
  let hasUpper = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const code = bytes.charCodeAt(at);
    // The native function knows Latin-1 too. It is a tenth of the cost of a regular expression.
    if (code > ASCII_MAX) return ascii(bytes.replace(/[A-Z]+/g, (run) => run.toLowerCase()));
    if (code >= UPPER_A && code <= UPPER_Z) hasUpper = true;
  }
  return hasUpper ? ascii(bytes.toLowerCase()) : bytes;
}
