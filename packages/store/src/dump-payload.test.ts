import { ascii, crc64, fromBuffer, type Bytes } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import { ByteWriter } from "./byte-writer.ts";
import { decodePayload, encodePayload } from "./dump-payload.ts";
import type { Value } from "./key-table.ts";
import { List } from "./list.ts";
import { MemberSet } from "./member-set.ts";
import { describeStream, listOf, sampleStream, setOf, SURROUNDINGS } from "./sample-values.ts";
import { Stream } from "./stream.ts";
import { cloneValue } from "./value-codec.ts";

const ALL_BYTES = fromBuffer(Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)));
/** Short and long ones, more than an open end or a packed set holds. */
const MANY = Array.from({ length: 1000 }, (_, index) => ascii(`${index},`.repeat(index % 200)));

function roundTrip(value: Value): Value {
  const decoded = decodePayload(encodePayload(value) ?? ascii(""), SURROUNDINGS);
  if (decoded.is !== "value") throw new Error(decoded.is);
  return decoded.value;
}

function elementsOf(value: Value): Bytes[] {
  const elements: Bytes[] = [];
  if (value instanceof List) {
    value.forEachInRange({ start: 0, stop: value.length - 1 }, (each) => elements.push(each));
  } else if (value instanceof MemberSet) {
    value.forEach((each) => elements.push(each));
  }
  return elements;
}

/** The payload of a body, with a footer that is right. */
function signed(bodyHex: string): Bytes {
  const body = Buffer.from(`${bodyHex}0153`, "hex").latin1Slice();
  const { high, low } = crc64(ascii(body));
  const footer = Buffer.alloc(8);
  footer.writeUInt32BE(high);
  footer.writeUInt32BE(low, 4);
  return ascii(body + footer.latin1Slice());
}

// The pages of docs/dump-format.md in bytes. A change here is a new version there.
test.each<[string, Value, string]>([
  ["a string", ascii("hello"), "01 05 68656c6c6f"],
  ["a list", listOf([ascii("a"), ascii("bc")]), "02 02 01 61 02 6263"],
  ["a set", setOf([ascii("x")]), "03 01 01 78"],
  [
    "a stream",
    sampleStream(),
    [
      "04 02",
      // Node 1-1 to 1-3, one entry deleted, 50 bytes as a listpack, 15 bytes of text.
      "01 01  01 03  01  32  0f  01 01 66  01 00 00 02 7631  01 00 02 02 7633",
      "01 04  01 05  00  30  15  02 01 67 01 68  01 00 00 01 77 01 78  00 00 01 01 01 66 02 7635",
      "01 05  01 02  05",
      // What producers sent: 100 s, 100 messages, 3 added, no duplicates.
      "01  64 64  03 00  02  01 71  01  02 6d31 01 03  01 70  02  02 6d31 01 01  02 6d32 01 04",
      "02",
      "04 69646c65  00 00  00  00  00  00",
      "07 776f726b657273  01 05  06  01 e907 06 00 65 a106 01 04 64656164",
      "02",
      "04 616e6e61  8827  a11f  01  01 01 a01f 01",
      "04 62657274  f02e  00  01  01 02 b817 ffffffffffffffff7f",
      "02  01 04 00 03  01 03 d10f 01",
    ].join(""),
  ],
])("the bytes of %s stay what they are", (_name, value, hex) => {
  const payload = encodePayload(value) ?? "";
  expect(Buffer.from(payload, "latin1").toString("hex").slice(0, -20)).toBe(
    hex.replaceAll(" ", ""),
  );
  expect(payload).toBe(signed(hex.replaceAll(" ", "")));
});

describe("a value comes back as it was", () => {
  test.each(["", "0", "x".repeat(127), "x".repeat(128), "x".repeat(100_000), ALL_BYTES])(
    "string %#",
    (text) => {
      expect(roundTrip(ascii(text))).toBe(text);
    },
  );

  test.each([[[ALL_BYTES, ascii("")]], [MANY]])("list %#", (elements) => {
    const back = roundTrip(listOf(elements));
    expect(back).toBeInstanceOf(List);
    expect(elementsOf(back)).toEqual(elements);
  });

  test.each([
    ["intset", ["1", "-5", "70000"]],
    ["hashtable", ["a", "", ALL_BYTES]],
    ["hashtable", [...new Set(MANY)]],
  ])("%s %#", (encoding, members) => {
    const back = roundTrip(setOf(members.map(ascii)));
    expect(back).toMatchObject({ encoding });
    expect(elementsOf(back).toSorted()).toEqual(members.toSorted());
  });

  test.each([
    ["by DUMP and RESTORE", roundTrip],
    ["as a copy", cloneValue],
  ])("a stream with nodes, groups, pending entries, a policy and producers, %s", (_name, again) => {
    const stream = sampleStream();
    const back = again(stream);
    if (!(back instanceof Stream)) throw new Error("no stream");
    expect(describeStream(back)).toEqual(describeStream(stream));
  });
});

describe("a copy is a value of its own", () => {
  test("a list", () => {
    const list = listOf(MANY);
    const copy = cloneValue(list);
    list.popHead();
    list.pushTail(ascii("new"));
    expect(elementsOf(copy)).toEqual(MANY);
  });

  test("a set", () => {
    const set = setOf(MANY);
    const copy = cloneValue(set);
    set.add(ascii("new"));
    expect(copy).toMatchObject({ size: new Set(MANY).size });
  });

  test("a stream, its groups and what its producers sent", () => {
    const stream = sampleStream();
    const before = describeStream(stream);
    const copy = cloneValue(stream);
    if (!(copy instanceof Stream)) throw new Error("no stream");
    copy.append({ ms: 9, seq: 0 }, [ascii("f"), ascii("v")], 0);
    copy.delete({ ms: 1, seq: 1 });
    copy.delete({ ms: 1, seq: 4 });
    copy.groups.get(ascii("workers"))?.acknowledge({ ms: 1, seq: 1 });
    copy.groups.destroy(ascii("idle"));
    copy.idempotence.record(ascii("p"), ascii("m3"), { ms: 9, seq: 0 }, 0);
    expect(describeStream(stream)).toEqual(before);
  });

  test("an entry added to it lands in the node where the original puts it", () => {
    const stream = sampleStream();
    const copy = cloneValue(stream);
    if (!(copy instanceof Stream)) throw new Error("no stream");
    for (const each of [stream, copy]) {
      expect(each.nodeCount).toBe(2);
      each.append({ ms: 2, seq: 0 }, [ascii("f"), ascii("v")], 0);
      expect(each.nodeCount).toBe(2);
      each.append({ ms: 3, seq: 0 }, [ascii("f"), ascii("v")], 0);
      expect(each.nodeCount).toBe(3);
    }
  });
});

test("a writer with a limit refuses to grow beyond it, so that no payload is too long to be sent", () => {
  const writer = new ByteWriter(300);
  writer.reserve(300);
  expect(() => {
    writer.reserve(301);
  }).toThrow(RangeError);
});

test.each([
  ["nothing", ""],
  ["less than a footer", "012345678"],
  ["a string of redis-server 7.0.15", Buffer.from("000568656c6c6f0a006372df766534200a", "hex")],
  ["another version", Buffer.from("010002530000000000000000", "hex")],
  ["a wrong checksum", Buffer.from("010001530000000000000000", "hex")],
])("%s is foreign", (_name, bytes) => {
  const payload = typeof bytes === "string" ? bytes : bytes.latin1Slice();
  expect(decodePayload(ascii(payload), SURROUNDINGS)).toEqual({ is: "foreign" });
});

const NODE = "0101 0101 00 14 08 01 01 66 01 00 00 01 76";
const AFTER_NODES = "0101 0000 01 00";
const GROUP = "0167 0101 02 00";

test.each([
  ["a group", `04 01 ${NODE} ${AFTER_NODES} 01 ${GROUP} 00 00`],
  ["a stream without entries", `04 00 ${AFTER_NODES} 00`],
  [
    "a node without entries, since one was deleted",
    `04 01 0101 0101 01 14 03 010166 ${AFTER_NODES} 00`,
  ],
  [
    "pending entries of everybody",
    `04 00 ${AFTER_NODES} 01 ${GROUP} 02 0161 00 00 01 0101 00 01 0162 00 00 01 0102 00 01 01 0103 00 01`,
  ],
  ["a policy", `04 00 ${AFTER_NODES} 01 0167 0101 02 01 00 06 00 00 00 01 0164 00 00`],
  ["a producer", `04 00 0101 0000 01 01 64 64 00 00 01 0170 01 016d 0101 00`],
])("what the malformed ones are made of is well-formed: %s", (_name, hex) => {
  expect(decodePayload(signed(hex.replaceAll(" ", "")), SURROUNDINGS).is).toBe("value");
});

test.each([
  ["no kind", ""],
  ["an unknown kind", "05 00"],
  ["a string that is cut off", "01 05 68"],
  ["a string with something behind it", "01 01 68 68"],
  ["a length above 2^53", "01 ffffffffffffffffff01"],
  ["an empty list", "02 00"],
  ["a list of more than there is", "02 ffffffff0f 00"],
  ["an empty set", "03 00"],
  ["a set with a member twice", "03 02 0161 0161"],
  ["a stream with more nodes than there are", "04 ffffffff0f"],
  ["a last id below the last entry", `04 01 ${NODE} 0100 0000 01 00 00`],
  ["fewer entries added than there are", `04 01 ${NODE} 0101 0000 00 00 00`],
  ["a deleted id above the last", `04 01 ${NODE} 0101 0102 01 00 00`],
  ["two nodes of the same ids", `04 02 ${NODE} ${NODE} 0101 0000 02 00 00`],
  [
    "a node whose last id is no entry",
    `04 01 0101 0102 00 14 08 010166 0100000176 0102 0000 01 00 00`,
  ],
  ["an entry before its node", `04 01 0102 0102 01 14 08 010166 0300000176 0102 0000 01 00 00`],
  ["an entry with unknown flags", `04 01 0101 0101 00 14 08 010166 0400000176 ${AFTER_NODES} 00`],
  ["a value longer than its node", `04 01 0101 0101 00 14 08 010166 0100007f76 ${AFTER_NODES} 00`],
  ["a node without names", `04 01 0101 0101 01 14 01 00 ${AFTER_NODES} 00`],
  [
    "a node without entries of which none was deleted",
    `04 01 0101 0101 00 14 03 010166 ${AFTER_NODES} 00`,
  ],
  ["a group twice", `04 00 ${AFTER_NODES} 02 ${GROUP} 0000 ${GROUP} 0000`],
  ["a consumer twice", `04 00 ${AFTER_NODES} 01 ${GROUP} 02 0161 00 00 00 0161 00 00 00 00`],
  [
    "a pending entry twice, of one consumer",
    `04 00 ${AFTER_NODES} 01 ${GROUP} 01 0161 00 00 02 0101 00 01 0101 00 01 00`,
  ],
  [
    "a pending entry twice, of two consumers",
    `04 00 ${AFTER_NODES} 01 ${GROUP} 02 0161 00 00 01 0101 00 01 0162 00 00 01 0101 00 01 00`,
  ],
  [
    "a pending entry that is somebody's and nobody's",
    `04 00 ${AFTER_NODES} 01 ${GROUP} 01 0161 00 00 01 0101 00 01 01 0101 00 01`,
  ],
  [
    "a policy with a limit and no dead letters",
    `04 00 ${AFTER_NODES} 01 0167 0101 02 01 00 06 00 00 00 00 00 00`,
  ],
  ["a limit of idempotence of 0", `04 00 0101 0000 01 01 00 64 00 00 00 00`],
  ["a producer without messages", `04 00 0101 0000 01 01 64 64 00 00 01 0170 00 00`],
  ["a message above the last id", `04 00 0101 0000 01 01 64 64 00 00 01 0170 01 016d 0102 00`],
])("%s is malformed", (_name, hex) => {
  expect(decodePayload(signed(hex.replaceAll(" ", "")), SURROUNDINGS)).toEqual({ is: "malformed" });
});
