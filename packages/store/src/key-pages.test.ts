import { expect, test } from "vitest";
import { entryOf, firstAt, KeyPages, nextAt, tagOf, tagOfHash } from "./key-pages.ts";

const PAGE_WORDS = 4096;

/** Entries 0, 1, 2 … with these hashes. */
class Hashed {
  readonly hashes: number[] = [];
  readonly pages = new KeyPages((entry) => this.hashes[entry] ?? 0);

  add(hash: number): boolean {
    this.hashes.push(hash);
    return this.pages.add(this.hashes.length - 1, hash);
  }

  /** Those that a look-up would compare. */
  candidates(hash: number): number[] {
    const words = this.pages.wordsOf(hash);
    const found: number[] = [];
    for (let at = firstAt(hash); words[at] !== 0; at = nextAt(at)) {
      const word = words[at] ?? 0;
      if (tagOf(word) === tagOfHash(hash)) found.push(entryOf(word));
    }
    return found;
  }
}

test("entries of one hash are all found, and who goes leaves the others to be found", () => {
  const table = new Hashed();
  const hash = 0x7fff_ffff | 0;
  for (let count = 0; count < 100; count += 1) table.add(hash);
  // Those begin behind them, or among them, and round the end of the page.
  for (let count = 0; count < 100; count += 1) table.add(hash - 50 + count);
  for (let entry = 0; entry < 100; entry += 2) table.pages.remove(entry, hash);
  const odd = Array.from({ length: 50 }, (_, index) => index * 2 + 1);
  expect(table.candidates(hash)).toEqual(expect.arrayContaining(odd));
  for (let entry = 100; entry < 200; entry += 1) {
    expect(table.candidates(table.hashes[entry] ?? 0)).toContain(entry);
  }
  expect(table.candidates(hash).filter((entry) => entry < 100 && entry % 2 === 0)).toEqual([]);
});

test("negative hashes and positive ones are split alike", () => {
  const table = new Hashed();
  for (let index = 0; index < 20_000; index += 1) {
    expect(table.add(Math.imul(index, 0x9e37_79b1))).toBe(true);
  }
  for (const [entry, hash] of table.hashes.entries()) {
    expect(table.candidates(hash)).toContain(entry);
  }
  for (const [entry, hash] of table.hashes.entries()) table.pages.remove(entry, hash);
  for (const hash of table.hashes) expect(table.candidates(hash)).toEqual([]);
});

test("hashes that no split can tell apart fill their page, and then there is no room, for them alone", () => {
  const table = new Hashed();
  let count = 0;
  while (table.add(count % 4096)) count += 1;
  expect(count).toBe(PAGE_WORDS - 1);
  expect(table.candidates(0)).toContain(0);
  table.hashes.pop();
  expect(table.add(0x4000_0000)).toBe(true);
  table.pages.remove(0, 0);
  expect(table.candidates(0)).not.toContain(0);
});
