/** Where a reply ends, or how much more it takes to tell. */
export interface ReplyFrame {
  readonly isComplete: boolean;
  /** Length of the reply; of an incomplete one, a length below which looking again is useless. */
  readonly bytes: number;
}

const CR = 13;
const LF = 10;
const CRLF_BYTES = 2;

/** What a type byte says about the rest: the line is all, a bulk of that length follows, or so many elements do. */
const SHAPES: Readonly<Record<string, "line" | "bulk" | "elements" | "pairs" | "attribute">> = {
  "+": "line",
  "-": "line",
  ":": "line",
  _: "line",
  "#": "line",
  ",": "line",
  "(": "line",
  $: "bulk",
  "!": "bulk",
  "=": "bulk",
  "*": "elements",
  "~": "elements",
  ">": "elements",
  "%": "pairs",
  "|": "attribute",
};

/**
 * Finds the end of the first reply in `buffer` (RESP2 and RESP3) without decoding it, so that tests compare
 * the bytes themselves. No recursion: nesting costs a counter. Throws on bytes that no reply can start
 * with. Not taken: streamed strings and aggregates (`$?`), which no server sends unasked.
 */
export function frameReply(buffer: Buffer, start = 0): ReplyFrame {
  let at = start;
  let missing = 1;
  while (missing > 0) {
    const lineEnd = endOfLine(buffer, at);
    if (lineEnd === -1) return { isComplete: false, bytes: buffer.length - start + 1 };
    const shape = SHAPES[String.fromCharCode(buffer[at] ?? 0)];
    if (shape === undefined) throw new Error(`no reply starts with ${show(buffer, at)}`);
    const length = shape === "line" ? 0 : lengthAt(buffer, at, lineEnd);
    at = lineEnd + CRLF_BYTES;
    missing -= 1;
    if (shape === "bulk" && length >= 0) {
      at += length + CRLF_BYTES;
      if (at > buffer.length) return { isComplete: false, bytes: at - start };
      if (buffer[at - 2] !== CR || buffer[at - 1] !== LF) {
        throw new Error(`a bulk does not end with CR LF: ${show(buffer, at - CRLF_BYTES)}`);
      }
    } else if (shape === "elements") {
      missing += Math.max(length, 0);
    } else if (shape === "pairs") {
      missing += 2 * length;
    } else if (shape === "attribute") {
      // Belongs to the element after it, which is still owed.
      missing += 2 * length + 1;
    }
  }
  return { isComplete: true, bytes: at - start };
}

function endOfLine(buffer: Buffer, from: number): number {
  const end = buffer.indexOf("\r\n", from, "latin1");
  return end;
}

function lengthAt(buffer: Buffer, at: number, lineEnd: number): number {
  const text = buffer.latin1Slice(at + 1, lineEnd);
  if (!/^(?:-1|\d+)$/.test(text)) throw new Error(`not a length: ${show(buffer, at)}`);
  return Number(text);
}

function show(buffer: Buffer, at: number): string {
  return JSON.stringify(buffer.latin1Slice(at, Math.min(at + 32, buffer.length)));
}
