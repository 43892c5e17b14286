import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ascii, type Bytes } from "@slotcast/protocol";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HashOrderedSet } from "./hash-ordered-set.ts";
import { seededRandom } from "./seeded-random.ts";

const SEED = { low: 0x1234, high: 0x5678 };
/** Enough for several segments, and for the splits to go round more than once. */
const MANY = 30_000;

function filled(count: number, from = 0): HashOrderedSet {
  const set = new HashOrderedSet(SEED);
  for (let index = from; index < from + count; index += 1) set.add(ascii(`member:${index}`));
  return set;
}

function membersOf(set: HashOrderedSet): Bytes[] {
  const members: Bytes[] = [];
  set.some((member) => {
    members.push(member);
    return false;
  });
  return members;
}

test("a set that grows through many splits and shrinks through as many joins loses and doubles nothing", () => {
  const set = filled(MANY);
  expect(set.size).toBe(MANY);
  expect(new Set(membersOf(set)).size).toBe(MANY);
  let deleted = 0;
  for (let index = 0; index < MANY; index += 1) {
    if (index % 1000 !== 0 && set.delete(ascii(`member:${index}`))) deleted += 1;
  }
  expect(deleted).toBe(MANY - MANY / 1000);
  expect(membersOf(set).toSorted()).toEqual(
    Array.from({ length: MANY / 1000 }, (_, index) => `member:${index * 1000}`).toSorted(),
  );
  expect(set.has(ascii("member:1000"))).toBe(true);
  expect(set.has(ascii("member:1001"))).toBe(false);
});

/** Sizes around each border of how a member is kept. */
const member = fc
  .tuple(fc.constantFrom(0, 1, 12, 13, 24, 25, 255, 256, 5000), fc.nat(40))
  .map(([sizeBytes, tag]) => ascii(`${String.fromCharCode(tag)}${"\xff".repeat(sizeBytes)}`));
const operation = fc.record({ do: fc.constantFrom("add", "delete", "has"), member });

test("a set does what a JavaScript Set does, whatever the length of members", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 400, size: "max" }), (operations) => {
      const set = new HashOrderedSet(SEED);
      const model = new Set<Bytes>();
      for (const { do: name, member: value } of operations) {
        const wasThere = model.has(value);
        if (name === "has") expect(set.has(value)).toBe(wasThere);
        else if (name === "delete") expect(set.delete(value)).toBe(model.delete(value));
        else expect(set.add(value)).toBe(!wasThere);
        if (name === "add") model.add(value);
      }
      expect(set.size).toBe(model.size);
      expect(membersOf(set).toSorted()).toEqual([...model].toSorted());
    }),
  );
});

describe("memory", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;

  function bufferBytes(): number {
    // The first one's buffers are freed in the background; the next one waits for that.
    for (let time = 0; time < 3; time += 1) collect();
    return process.memoryUsage().arrayBuffers;
  }

  test("of members that come and go is used again", () => {
    const startBytes = bufferBytes();
    const set = filled(1000);
    for (let index = 0; index < 200_000; index += 1) {
      set.add(ascii(`passing:${index}`));
      set.delete(ascii(`passing:${index - 10}`));
    }
    expect(set.size).toBe(1010);
    // 3 MB of them.
    expect(bufferBytes() - startBytes).toBeLessThan(500_000);
  });

  test("of a set that was large is given back", () => {
    const startBytes = bufferBytes();
    const set = filled(MANY);
    expect(bufferBytes() - startBytes).toBeGreaterThan(600_000);
    for (let index = 100; index < MANY; index += 1) set.delete(ascii(`member:${index}`));
    expect(set.size).toBe(100);
    // It is a few thousand, and what the stack happens to hold of the latest segments.
    expect(bufferBytes() - startBytes).toBeLessThan(300_000);
  });
});

test("a clone and its original go their own ways", () => {
  const set = filled(10_000);
  set.add(ascii("long".repeat(100)));
  const copy = set.clone();
  copy.delete(ascii("member:1"));
  set.delete(ascii("long".repeat(100)));
  set.add(ascii("member:x"));
  expect([set.has(ascii("member:1")), copy.has(ascii("member:1"))]).toEqual([true, false]);
  expect([set.has(ascii("member:x")), copy.has(ascii("member:x"))]).toEqual([true, false]);
  expect(copy.has(ascii("long".repeat(100)))).toBe(true);
  expect(membersOf(copy)).toHaveLength(10_000);
});

/** One step of a scan and what happens before the next: members come and go, a few or thousands. */
const step = fc.record({
  countMax: fc.constantFrom(1, 10, 700),
  add: fc.constantFrom(0, 1, 5000),
  deleteFraction: fc.constantFrom(0, 0, 0.1, 0.9),
});

test("a scan visits every member that is there all the time, however the set changes meanwhile", () => {
  const scenario = fc.record({
    seed: fc.integer(),
    others: fc.constantFrom(0, 20, 9000),
    steps: fc.array(step, { minLength: 1, maxLength: 6 }),
  });
  fc.assert(
    fc.property(scenario, ({ seed, others, steps }) => {
      const random = seededRandom(seed);
      const set = filled(200);
      const passing: Bytes[] = [];
      const addOthers = (count: number): void => {
        for (let index = 0; index < count; index += 1) {
          const other = ascii(`other:${random()}`);
          passing.push(other);
          set.add(other);
        }
      };
      addOthers(others);
      const visited = new Set<Bytes>();
      let from: number | undefined = 0;
      for (let turn = 0; from !== undefined; turn += 1) {
        const { countMax, add, deleteFraction } = steps[turn % steps.length] ?? {
          countMax: 1,
          add: 0,
          deleteFraction: 0,
        };
        // Changes end some time: the scan would too, but with a step each it takes long.
        if (turn < steps.length) {
          addOthers(add);
          for (const other of passing) if (random() < deleteFraction) set.delete(other);
        }
        from = set.scan({ fromHash: from, countMax }, (found) => visited.add(found));
      }
      const steady = Array.from({ length: 200 }, (_, index) => ascii(`member:${index}`));
      expect(steady.filter((found) => !visited.has(found))).toEqual([]);
    }),
    { numRuns: 20 },
  );
});

test("a scan of a set that stays the same visits nobody twice, and about as many as asked at a time", () => {
  const set = filled(MANY);
  const visited: Bytes[] = [];
  let from: number | undefined = 0;
  while (from !== undefined) {
    const before = visited.length;
    from = set.scan({ fromHash: from, countMax: 100 }, (found) => visited.push(found));
    // More only when hashes are equal, which of so few hardly any are.
    expect(visited.length - before).toBeLessThanOrEqual(102);
  }
  expect(visited).toHaveLength(MANY);
  expect(new Set(visited).size).toBe(MANY);
});

test("every member is as likely to be drawn, in large and small segments alike", () => {
  // 9,000 members: three segments, one of twice the size of the others.
  const set = filled(9000);
  const random = seededRandom(7);
  const draws = 180_000;
  const drawn = new Map<Bytes, number>();
  for (let index = 0; index < draws; index += 1) {
    const found = set.randomMember(random);
    drawn.set(found, (drawn.get(found) ?? 0) + 1);
  }
  const expected = draws / 9000;
  let chiSquare = (9000 - drawn.size) * expected;
  for (const times of drawn.values()) chiSquare += (times - expected) ** 2 / expected;
  // 9,000 degrees of freedom: mean 9,000, deviation 134. The seed is fixed, so this cannot fail by chance.
  expect(Math.abs(chiSquare - 9000)).toBeLessThan(4 * 134);
});

test.each([100, 3000, 20_000])(
  "a set of 30,000 that shrank to %i is drawn from in few tries",
  (left) => {
    const set = filled(MANY);
    for (let index = left; index < MANY; index += 1) set.delete(ascii(`member:${index}`));
    const random = seededRandom(3);
    let numbers = 0;
    for (let draw = 0; draw < 1000; draw += 1) {
      set.randomMember(() => {
        numbers += 1;
        return random();
      });
    }
    // Two numbers a try; an eighth of the slots is taken at least, but for what is too small to shrink.
    expect(numbers / 1000).toBeLessThan(2 * 20);
  },
);
