/** One argument. A string is binary, one char per byte; a number is sent as its decimal text. */
export type Argument = string | number | Buffer;

/** An array of bulk strings. Throws RangeError on a string with a char above 255: it would change silently. */
export function encodeRequest(argv: readonly Argument[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${argv.length}\r\n`)];
  for (const argument of argv) {
    const bytes = bytesOf(argument);
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n"));
  }
  return Buffer.concat(parts);
}

const NOT_BINARY = /[^\0-\xff]/;

function bytesOf(argument: Argument): Buffer {
  if (Buffer.isBuffer(argument)) return argument;
  const text = String(argument);
  if (NOT_BINARY.test(text)) throw new RangeError(`not a binary string: ${JSON.stringify(text)}`);
  return Buffer.from(text, "latin1");
}
