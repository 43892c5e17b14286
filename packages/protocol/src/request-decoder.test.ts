import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ascii, fromBuffer, type Bytes } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { BULK_BYTES_MAX, INLINE_BYTES_MAX, REQUEST_ARGUMENTS_MAX } from "./limits.ts";
import { bytesOfSpan } from "./byte-span.ts";
import { spanOfLatest } from "./latest-request.ts";
import { RequestDecoder } from "./request-decoder.ts";
import { UpcomingKeys } from "./upcoming-keys.ts";

const LIMITS = { bulkBytesMax: BULK_BYTES_MAX };

/** Everything the decoder makes of the chunks; a protocol error ends the list with its text. */
function decode(...chunks: readonly string[]): (readonly Bytes[] | string)[] {
  const decoder = new RequestDecoder(LIMITS);
  const requests: (readonly Bytes[] | string)[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let argv = decoder.next(); argv !== undefined; argv = decoder.next()) {
        requests.push([...argv]);
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    requests.push(error.message);
  }
  return requests;
}

function encode(argv: readonly string[]): string {
  return `*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

const bytes = fc.uint8Array({ maxLength: 40 }).map((raw) => fromBuffer(Buffer.from(raw)));
const argument = fc.oneof(
  { weight: 4, arbitrary: bytes },
  { weight: 1, arbitrary: fc.constantFrom("", "\r\n", "$3\r\n", "*1\r\n", "x".repeat(300)) },
);
const argv = fc.array(argument, { minLength: 1, maxLength: 8 });
const inlineWord = fc.stringMatching(/^[a-zA-Z0-9_.:-]{1,10}$/);
const request = fc.oneof(
  { weight: 5, arbitrary: argv.map((words) => ({ text: encode(words), words: [words] })) },
  {
    weight: 1,
    arbitrary: fc
      .array(inlineWord, { minLength: 1, maxLength: 4 })
      .map((words) => ({ text: `${words.join(" ")}\r\n`, words: [words] })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("\r\n", "\n", "*0\r\n", "*-1\r\n", "*-9\r\n", "  \r\n")
      .map((text) => ({ text, words: [] })),
  },
);

/** Cuts a text at the given places. */
function cutAt(text: string, places: readonly number[]): string[] {
  const cuts = [...new Set(places.map((place) => place % (text.length + 1)))].toSorted(
    (a, b) => a - b,
  );
  return [...cuts, text.length].map((end, index) => text.slice(cuts[index - 1] ?? 0, end));
}

describe("a stream of requests", () => {
  test("is decoded the same however it is split", () => {
    fc.assert(
      fc.property(
        fc.array(request, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (requests, places) => {
          const text = requests.map((one) => one.text).join("");
          const expected = requests.flatMap(({ words }) => words);
          expect(decode(text)).toEqual(expected);
          expect(decode(...cutAt(text, places))).toEqual(expected);
          expect(decode(...text)).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("with a mistake in it ends in the same error however it is split", () => {
    const mistake = fc.constantFrom(
      "*a\r\n",
      "*1\r\n:1\r\n",
      "*1\r\n$-1\r\n",
      'ECHO "a\r\n',
      "*1\r\n$x\r\n",
    );
    fc.assert(
      fc.property(argv, mistake, fc.array(fc.nat(), { maxLength: 10 }), (words, wrong, places) => {
        const text = `${encode(words)}${wrong}PING\r\n`;
        const whole = decode(text);
        expect(whole).toHaveLength(2);
        expect(whole[1]).toMatch(/^Protocol error: /);
        expect(decode(...cutAt(text, places))).toEqual(whole);
      }),
    );
  });

  test("a bulk of megabytes that comes in small chunks is joined once", () => {
    const value = "0123456789abcdef".repeat(512 * 1024);
    const text = encode(["SET", "k", value]);
    const chunks = cutAt(
      text,
      Array.from({ length: 128 }, (_, index) => index * 65_536),
    );
    const [decoded = []] = decode(...chunks);
    expect(decoded).toHaveLength(3);
    // Not toEqual: a difference of megabytes would be printed.
    expect(decoded[2] === value).toBe(true);
  });
});

// Compared with redis-server by test/oracle/request-parsing.test.ts; here they are written down.
test.each([
  ["*a\r\n", "invalid multibulk length"],
  ["*\r\n", "invalid multibulk length"],
  ["*01\r\n", "invalid multibulk length"],
  ["*+1\r\n", "invalid multibulk length"],
  ["*1 \r\n", "invalid multibulk length"],
  ["*99999999999999999999\r\n", "invalid multibulk length"],
  [`*${REQUEST_ARGUMENTS_MAX + 1}\r\n`, "invalid multibulk length"],
  ["*1\r\n:1\r\n", "expected '$', got ':'"],
  ["*1\r\nPING\r\n", "expected '$', got 'P'"],
  ["*1\r\n\r\n", "expected '$', got '\r'"],
  ["*2\r\n$4\r\nPING\r\n*1\r\n", "expected '$', got '*'"],
  ["*1\r\n$-1\r\n", "invalid bulk length"],
  ["*1\r\n$a\r\n", "invalid bulk length"],
  ["*1\r\n$\r\n", "invalid bulk length"],
  ["*1\r\n$01\r\n", "invalid bulk length"],
  ["*1\r\n$ 4\r\n", "invalid bulk length"],
  [`*1\r\n$${BULK_BYTES_MAX + 1}\r\n`, "invalid bulk length"],
  ["*1\r\n$99999999999999999999\r\n", "invalid bulk length"],
  ['ECHO "a\r\n', "unbalanced quotes in request"],
  ["ECHO 'a\r\n", "unbalanced quotes in request"],
  ['ECHO "a"b\r\n', "unbalanced quotes in request"],
  ["x".repeat(INLINE_BYTES_MAX + 1), "too big inline request"],
  [`*${"1".repeat(INLINE_BYTES_MAX + 1)}`, "too big mbulk count string"],
  [`*1\r\n$${"1".repeat(INLINE_BYTES_MAX + 1)}`, "too big bulk count string"],
])("%j is a protocol error", (text, message) => {
  expect(decode(text)).toEqual([`Protocol error: ${message}`]);
}); // prettier-ignore

describe("before AUTH", () => {
  function strangers(text: string): () => unknown {
    const decoder = new RequestDecoder(LIMITS);
    decoder.authenticated = false;
    decoder.push(text);
    return () => decoder.next();
  }

  test("a request has at most 10 arguments, each of at most 16 KB", () => {
    expect(strangers("*11\r\n")).toThrow("unauthenticated multibulk length");
    expect(strangers("*10\r\n")()).toBe(undefined);
    expect(strangers("*1\r\n$16385\r\n")).toThrow("unauthenticated bulk length");
    expect(strangers("*1\r\n$16384\r\n")()).toBe(undefined);
  });
});

test("the limit of a bulk may change while the connection lives", () => {
  const limits = { bulkBytesMax: 3 };
  const decoder = new RequestDecoder(limits);
  decoder.push("*1\r\n$3\r\nabc\r\n");
  expect(decoder.next()).toEqual(["abc"]);
  limits.bulkBytesMax = 2;
  decoder.push("*1\r\n$3\r\nabc\r\n");
  expect(() => decoder.next()).toThrow("invalid bulk length");
});

test("bufferedBytes counts what arrived and is in no request yet", () => {
  const decoder = new RequestDecoder(LIMITS);
  decoder.push("*1\r\n$100\r\nabc");
  expect(decoder.next()).toBe(undefined);
  expect(decoder.bufferedBytes).toBe(3);
  decoder.push("x".repeat(97));
  expect(decoder.bufferedBytes).toBe(100);
  decoder.push("\r\n");
  expect(decoder.next()).toEqual([ascii(`abc${"x".repeat(97)}`)]);
  expect(decoder.bufferedBytes).toBe(0);
});

describe("the bytes of a request", () => {
  function bytesOfLatest(words: readonly Bytes[]): Bytes | undefined {
    const span = spanOfLatest(words);
    return span && bytesOfSpan(span);
  }

  /** Of each request that comes of the chunks, asked for at once. */
  function bytesOf(...chunks: readonly string[]): (Bytes | undefined)[] {
    const decoder = new RequestDecoder(LIMITS);
    const found: (Bytes | undefined)[] = [];
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let words = decoder.next(); words !== undefined; words = decoder.next()) {
        found.push(bytesOfLatest(words));
      }
    }
    return found;
  }

  test("are those that came in, of each one in a chunk", () => {
    const texts = [encode(["SET", "key", "value"]), encode(["get", "key"]), encode(["INCR", ""])];
    expect(bytesOf(texts.join(""))).toEqual(texts);
    expect(bytesOf(...texts)).toEqual(texts);
  });

  test("are none of one that came in pieces, or without its lengths", () => {
    const [first, second] = [encode(["SET", "key", "value"]), encode(["GET", "key"])] as const;
    for (let at = 1; at < first.length; at += 1) {
      const found = bytesOf(first.slice(0, at), first.slice(at) + second);
      // Nothing but a part of its first line: that is read again with the rest.
      expect(found[0] ?? first).toBe(first);
      expect(found[1]).toBe(second);
    }
    expect(bytesOf(first.slice(0, 20), first.slice(20))).toEqual([undefined]);
    expect(bytesOf("SET key value\r\n")).toEqual([undefined]);
  });

  test("are none of one that stands behind a large one: that would be kept as well", () => {
    const large = encode(["SET", "key", "x".repeat(200_000)]);
    const small = encode(["GET", "key"]);
    expect(bytesOf(large + small, small)).toEqual([undefined, undefined, small]);
  });

  test("are forgotten with the next request", () => {
    const decoder = new RequestDecoder(LIMITS);
    decoder.push(encode(["SET", "key", "value"]) + encode(["GET", "key"]));
    const [first, second] = [decoder.next() ?? [], decoder.next() ?? []];
    expect(bytesOfLatest(first)).toBeUndefined();
    expect(bytesOfLatest([...second])).toBeUndefined();
    expect(bytesOfLatest(second)).toBe(encode(["GET", "key"]));
  });
});

describe("a look ahead", () => {
  const get = (key: string): string => `*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`;

  function ahead(decoder: RequestDecoder): string[] {
    const keys = new UpcomingKeys();
    decoder.lookAhead(keys);
    const { text, bounds, count } = keys;
    return Array.from({ length: count }, (_, at) => text.slice(bounds[2 * at], bounds[2 * at + 1]));
  }

  test("sees the requests that are whole, once, and changes nothing", () => {
    const decoder = new RequestDecoder(LIMITS);
    decoder.push(get("a") + get("b") + get("c").slice(0, -1));
    expect(ahead(decoder)).toEqual(["a", "b"]);
    expect(ahead(decoder)).toEqual([]);
    expect(decoder.next()).toEqual(["GET", "a"]);
    // What comes meanwhile is looked at when what was seen is through.
    decoder.push(`\n${get("d")}`);
    expect(ahead(decoder)).toEqual([]);
    expect(decoder.next()).toEqual(["GET", "b"]);
    expect(ahead(decoder)).toEqual(["c", "d"]);
    expect([decoder.next(), decoder.next(), decoder.next()]).toEqual([
      ["GET", "c"],
      ["GET", "d"],
      undefined,
    ]);
    decoder.push(get("e"));
    expect(ahead(decoder)).toEqual(["e"]);
  });

  test("sees nothing within a request, and all that is behind it", () => {
    const decoder = new RequestDecoder(LIMITS);
    decoder.push(get("long").slice(0, -4));
    expect(decoder.next()).toBeUndefined();
    decoder.push(get("long").slice(-4) + get("b"));
    expect(ahead(decoder)).toEqual([]);
    expect(decoder.next()).toEqual(["GET", "long"]);
    expect(ahead(decoder)).toEqual(["b"]);
  });
});
