import { ascii, type Bytes } from "./bytes.ts";

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };
/** C's isspace, between words and behind a quote; and NUL, at which Redis' C string ends. */
const SPACES = " \t\n\v\f\r\0";
/** What ends a word is less: `\v` and `\f` are part of it. */
const WORD_ENDS = " \t\n\r\0";
const HEX_ESCAPE = /\\x[0-9a-fA-F]{2}/y;

/**
 * Splits an inline command as a shell would, a little: `"…"` with `\n \r \t \b \a \xHH`, `'…'` with `\'`.
 * `undefined` when a quote is not closed, or is closed in the middle of a word.
 * Source: Redis 7.0 src/sds.c, sdssplitargs. redis-cli and configuration files use the same grammar.
 */
export function splitInline(line: Bytes): Bytes[] | undefined {
  const words: Bytes[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && SPACES.includes(line.charAt(at))) at += 1;
    if (at >= line.length) return words;
    let word = "";
    while (at < line.length && !WORD_ENDS.includes(line.charAt(at))) {
      const char = line.charAt(at);
      if (char !== '"' && char !== "'") {
        word += char;
        at += 1;
        continue;
      }
      const quoted = char === '"' ? doubleQuoted(line, at + 1) : singleQuoted(line, at + 1);
      if (quoted === undefined) return undefined;
      word += quoted.text;
      at = quoted.end;
      if (at < line.length && !SPACES.includes(line.charAt(at))) return undefined;
      break;
    }
    words.push(ascii(word));
  }
}

interface Quoted {
  readonly text: string;
  /** The position after the closing quote. */
  readonly end: number;
}

function doubleQuoted(line: Bytes, start: number): Quoted | undefined {
  let text = "";
  let at = start;
  while (at < line.length) {
    const char = line.charAt(at);
    HEX_ESCAPE.lastIndex = at;
    if (HEX_ESCAPE.test(line)) {
      text += String.fromCharCode(Number.parseInt(line.slice(at + 2, at + 4), 16));
      at += 4;
    } else if (char === "\\" && at + 1 < line.length) {
      const escaped = line.charAt(at + 1);
      text += ESCAPES[escaped] ?? escaped;
      at += 2;
    } else if (char === '"') {
      return { text, end: at + 1 };
    } else {
      text += char;
      at += 1;
    }
  }
  return undefined;
}

function singleQuoted(line: Bytes, start: number): Quoted | undefined {
  let text = "";
  let at = start;
  while (at < line.length) {
    const char = line.charAt(at);
    if (char === "\\" && line.charAt(at + 1) === "'") {
      text += "'";
      at += 2;
    } else if (char === "'") {
      return { text, end: at + 1 };
    } else {
      text += char;
      at += 1;
    }
  }
  return undefined;
}
