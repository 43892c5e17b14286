import { ascii, fromBuffer, slice, type Bytes } from "@slotcast/protocol";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemberSet, type MemberSetOptions } from "./member-set.ts";
import { seededRandom } from "./seeded-random.ts";

const OPTIONS: MemberSetOptions = { intsetEntriesMax: 40, hashSeed: { low: 3, high: 4 } };
const INT64_MAX = 2n ** 63n - 1n;

function setOf(...members: readonly (string | number)[]): MemberSet {
  const set = new MemberSet(OPTIONS);
  for (const member of members) set.add(ascii(String(member)));
  return set;
}

function membersOf(set: MemberSet): Bytes[] {
  const members: Bytes[] = [];
  set.forEach((member) => members.push(member));
  return members;
}

/** Around every border of the widths in which integers are kept, and of 64 bits, which are then no integers. */
const borderInteger = fc
  .tuple(
    fc.constantFrom(
      0n,
      127n,
      2n ** 15n,
      2n ** 16n,
      2n ** 31n,
      2n ** 32n,
      10n ** 15n,
      2n ** 53n,
      2n ** 63n,
    ),
    fc.bigInt({ min: -3n, max: 3n }),
    fc.boolean(),
  )
  .map(([border, offset, isNegative]) => String(isNegative ? -border + offset : border + offset));
const integer = fc.oneof(fc.integer({ min: -60, max: 60 }).map(String), borderInteger);
const text = fc.oneof(
  fc.constantFrom("", "00", "-0", "+1", " 1", "1 ", "1.0", "-", "a", "\0", "\xff", "0x1"),
  fc.constantFrom(1, 12, 13, 254, 255, 256, 1000, 4096, 4097).map((length) => "é".repeat(length)),
  fc.nat(99).map((number) => `member:${number}`),
);
const operationOn = (member: fc.Arbitrary<string>) =>
  fc.record({
    do: fc.constantFrom("add", "add", "add", "delete", "has", "take", "clone"),
    member: member.map(ascii),
  });

describe.each([
  ["integers", integer],
  ["texts", text],
  ["both", fc.oneof({ weight: 20, arbitrary: integer }, { weight: 1, arbitrary: text })],
])("a set of %s", (_name, member) => {
  test("does what a JavaScript Set does", () => {
    const scenario = fc.tuple(
      fc.integer(),
      fc.array(operationOn(member), { maxLength: 200, size: "max" }),
    );
    fc.assert(
      fc.property(scenario, ([seed, operations]) => {
        const random = seededRandom(seed);
        let set = new MemberSet(OPTIONS);
        const model = new Set<Bytes>();
        for (const { do: name, member: value } of operations) {
          if (name === "add") {
            expect(set.add(value)).toBe(!model.has(value));
            model.add(value);
          } else if (name === "delete") {
            expect(set.delete(value)).toBe(model.delete(value));
          } else if (name === "has") {
            expect(set.has(value)).toBe(model.has(value));
          } else if (name === "clone") {
            const original = set;
            set = set.clone();
            original.add(ascii("only in the original"));
          } else if (model.size > 0) {
            const taken = set.randomMember(random);
            expect(model.delete(taken)).toBe(true);
            expect(set.delete(taken)).toBe(true);
          }
          expect(set.size).toBe(model.size);
        }
        expect(membersOf(set).toSorted()).toEqual([...model].toSorted());
      }),
    );
  });
});

test("integers come out in ascending order, whatever their widths and the order of their coming", () => {
  fc.assert(
    fc.property(fc.uniqueArray(integer, { maxLength: 40 }), (integers) => {
      const within = integers.filter((value) => {
        const number = BigInt(value);
        return number <= INT64_MAX && number >= -INT64_MAX - 1n;
      });
      const inOrder = within.toSorted((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
      const set = setOf(...within);
      expect(set.encoding).toBe("intset");
      expect(membersOf(set)).toEqual(inOrder);
    }),
  );
});

describe("the encoding is what Redis 7.0 calls it", () => {
  test("intset as long as all members are integers in canonical form", () => {
    expect(setOf().encoding).toBe("intset");
    expect(setOf(1, -5, INT64_MAX.toString()).encoding).toBe("intset");
    for (const odd of ["a", "", "01", "-0", "+1", "1 ", "9223372036854775808"]) {
      expect(setOf(1, odd).encoding).toBe("hashtable");
    }
  });

  test("hashtable for one integer too many, and for good", () => {
    const integers = Array.from({ length: OPTIONS.intsetEntriesMax }, (_, index) => index);
    const set = setOf(...integers);
    expect(set.encoding).toBe("intset");
    set.add(ascii("7"));
    expect(set.encoding).toBe("intset");
    set.add(ascii("999"));
    expect(set.encoding).toBe("hashtable");
    for (const gone of integers) set.delete(ascii(String(gone)));
    expect([set.encoding, membersOf(set)]).toEqual(["hashtable", ["999"]]);
  });

  test("the limit is read at each addition: its owner may change it", () => {
    const options = { ...OPTIONS, intsetEntriesMax: 2 };
    const set = new MemberSet(options);
    set.add(ascii("1"));
    set.add(ascii("2"));
    options.intsetEntriesMax = 3;
    set.add(ascii("3"));
    expect(set.encoding).toBe("intset");
  });
});

test("every member of a packed set is as likely to be drawn", () => {
  for (const set of [
    setOf(...Array.from({ length: 20 }, (_, index) => index)),
    setOf(..."abcdefghijklmnopqrst"),
  ]) {
    const random = seededRandom(1);
    const drawn = new Map<Bytes, number>();
    for (let index = 0; index < 20_000; index += 1) {
      const member = set.randomMember(random);
      drawn.set(member, (drawn.get(member) ?? 0) + 1);
    }
    expect(drawn.size).toBe(20);
    // 1,000 each; six deviations of 31. The seed is fixed.
    for (const times of drawn.values()) expect(Math.abs(times - 1000)).toBeLessThan(190);
  }
});

test("a scan of a packed set visits all at once, from wherever it is asked to go on", () => {
  for (const set of [setOf(3, 1, 2), setOf("c", "a", "b")]) {
    for (const from of [0, 12_345]) {
      const visited: Bytes[] = [];
      expect(set.scan({ from, countMax: 1 }, (member) => visited.push(member))).toBeUndefined();
      expect(visited).toEqual(membersOf(set));
    }
  }
});

test("`some` stops at the first member that the predicate accepts, in every form", () => {
  const many = Array.from({ length: 5000 }, (_, index) => `member:${index}`);
  for (const set of [setOf(1, 2, 3), setOf("a", "b", "c"), setOf(...many)]) {
    let asked = 0;
    const second = (): boolean => {
      asked += 1;
      return asked === 2;
    };
    expect(set.some(second)).toBe(true);
    expect(asked).toBe(2);
    expect(set.some(() => false)).toBe(false);
  }
});

test("a set keeps nothing of the chunk that its members were cut from", () => {
  const chunk = fromBuffer(Buffer.alloc(64 * 1024, "0123456789abcdefghijklmnopqrstuvwxyz"));
  const set = new MemberSet(OPTIONS);
  for (let at = 0; at < 100; at += 1) set.add(slice(chunk, at, at + 300));
  for (let at = 0; at < 100; at += 1) expect(set.has(slice(chunk, at, at + 300))).toBe(at < 100);
  expect(set.size).toBe(36);
});
