import { NO_ENTRY } from "./key-entries.ts";

/** A page is 16 KB. Splitting one takes a tenth of a millisecond, and nothing else ever moves so much. */
const PAGE_BITS = 12;
const PAGE_WORDS = 2 ** PAGE_BITS;
/** With more, a page is split. Linear probing looks at 2 words on average then, half as full at 1.3. */
const PAGE_ENTRIES_MAX = (PAGE_WORDS * 5) / 8;
/** With fewer, two halves of what was one page become one again. */
const PAIR_ENTRIES_MIN = PAGE_WORDS / 4;

/** A word: six bits of the hash, and the number of the entry plus one. 0: nobody. */
const ENTRY_BITS = 26;
const ENTRY_MASK = 2 ** ENTRY_BITS - 1;
/** The bits of the hash behind those that choose the word, moved to the top. */
const TAG_SHIFT = ENTRY_BITS - PAGE_BITS;

/** Numbers of entries stay below this. */
export const ENTRY_NUMBERS = ENTRY_MASK;

/**
 * Pages of so many bits of the hash have the same first bits only when somebody knows the seed. Then a page is
 * filled to its last word but one, and then it is full.
 */
const DEPTH_MAX = 20;

interface Page {
  readonly words: Int32Array;
  /** Its entries have so many first bits of their hashes in common. */
  readonly depth: number;
  count: number;
}

/**
 * From a hash to the numbers of the entries that may have it: an open-addressing table in pages.
 *
 * ```
 *   directory, by the first bits of the hash     000 001 010 011 100 101 110 111
 *   pages of 4096 words                           └──A──┘   B   C  └─────D─────┘
 * ```
 *
 * Extendible hashing: a page that is too full is split in two by the next bit of the hash; when no two places of the
 * directory share the page, the directory is doubled first. So a table of any size grows in steps of a page.
 *
 * In a page: linear probing from the last bits of the hash. Who goes is replaced by one of those that had to step
 * aside for him, so no tombstones are left (Knuth, TAOCP 3, 6.4, algorithm R).
 *
 * Source: R. Fagin et al., "Extendible hashing", ACM TODS 1979.
 */
export class KeyPages {
  #directory: Page[];
  /** The directory has 2^depth places. At least 1: JavaScript cannot shift by 32. */
  #depth = 1;
  readonly #hashAt: (entry: number) => number;

  /** `hashAt`: the hash of an entry that is in the table. */
  constructor(hashAt: (entry: number) => number) {
    this.#hashAt = hashAt;
    const page = newPage(0);
    this.#directory = [page, page];
  }

  /** The words of the page where to look for this hash, from `firstAt` on to the first 0. */
  wordsOf(hash: number): Int32Array {
    return this.#pageOf(hash).words;
  }

  /** False: there is no room. Nothing happened. */
  add(entry: number, hash: number): boolean {
    let page = this.#pageOf(hash);
    while (page.count >= PAGE_ENTRIES_MAX && this.#split(page, hash)) page = this.#pageOf(hash);
    if (page.count >= PAGE_WORDS - 1) return false;
    put(page, entry, hash);
    return true;
  }

  /** The entry is there. */
  remove(entry: number, hash: number): void {
    const page = this.#pageOf(hash);
    const { words } = page;
    let hole = firstAt(hash);
    while (entryOf(words[hole] ?? 0) !== entry) hole = nextAt(hole);
    for (let at = nextAt(hole); ; at = nextAt(at)) {
      const word = words[at] ?? 0;
      if (word === 0) break;
      const home = firstAt(this.#hashAt(entryOf(word)));
      // It may stand anywhere from its home on: does the hole lie between the two?
      if (stepsFrom(home, at) < stepsFrom(hole, at)) continue;
      words[hole] = word;
      hole = at;
    }
    words[hole] = 0;
    page.count -= 1;
    if (page.count * 2 < PAIR_ENTRIES_MIN && page.depth > 0) this.#join(page, hash);
  }

  #pageOf(hash: number): Page {
    return this.#directory[hash >>> (32 - this.#depth)] as Page; // it has 2^depth places
  }

  #split(page: Page, hash: number): boolean {
    if (page.depth === this.#depth) {
      if (this.#depth === DEPTH_MAX) return false;
      this.#directory = this.#directory.flatMap((each) => [each, each]);
      this.#depth += 1;
    }
    const depth = page.depth + 1;
    const halves = [newPage(depth), newPage(depth)] as const;
    for (const word of page.words) {
      if (word === 0) continue;
      const entry = entryOf(word);
      const entryHash = this.#hashAt(entry);
      put(halves[(entryHash >>> (32 - depth)) & 1 ? 1 : 0], entry, entryHash);
    }
    const first = prefixOf(hash, page.depth) * 2;
    this.#place(halves[0], first);
    this.#place(halves[1], first + 1);
    return true;
  }

  /** With the page that it was split from, when that one has few entries as well. */
  #join(page: Page, hash: number): void {
    const { depth } = page;
    const prefix = prefixOf(hash, depth);
    const other = this.#directory[(prefix ^ 1) * 2 ** (this.#depth - depth)];
    if (other?.depth !== depth || page.count + other.count >= PAIR_ENTRIES_MIN) return;
    const whole = newPage(depth - 1);
    for (const { words } of [page, other]) {
      for (const word of words) {
        if (word !== 0) put(whole, entryOf(word), this.#hashAt(entryOf(word)));
      }
    }
    this.#place(whole, prefix >>> 1);
  }

  /** Wherever the directory has this prefix. */
  #place(page: Page, prefix: number): void {
    const places = 2 ** (this.#depth - page.depth);
    this.#directory.fill(page, prefix * places, (prefix + 1) * places);
  }
}

/** Where to begin in a page. */
export function firstAt(hash: number): number {
  return hash & (PAGE_WORDS - 1);
}

/** The first entry of a page that may have this hash: its tag is the same. NO_ENTRY: none has. */
export function candidateIn(words: Int32Array, hash: number): number {
  const tag = tagOfHash(hash);
  for (let at = firstAt(hash); ; at = nextAt(at)) {
    const word = words[at] ?? 0;
    if (word === 0 || tagOf(word) === tag) return entryOf(word);
  }
}

/** Where to go on. */
export function nextAt(at: number): number {
  return (at + 1) & (PAGE_WORDS - 1);
}

/** What `tagOf` gives for the word of an entry with this hash. */
export function tagOfHash(hash: number): number {
  return (hash << TAG_SHIFT) & ~ENTRY_MASK;
}

export function tagOf(word: number): number {
  return word & ~ENTRY_MASK;
}

export function entryOf(word: number): number {
  return word === 0 ? NO_ENTRY : (word & ENTRY_MASK) - 1;
}

function newPage(depth: number): Page {
  return { words: new Int32Array(PAGE_WORDS), depth, count: 0 };
}

/** There is room. */
function put(page: Page, entry: number, hash: number): void {
  const { words } = page;
  let at = firstAt(hash);
  while (words[at] !== 0) at = nextAt(at);
  words[at] = tagOfHash(hash) | (entry + 1);
  page.count += 1;
}

/** Round the end of the page. */
function stepsFrom(from: number, to: number): number {
  return (to - from) & (PAGE_WORDS - 1);
}

/** The first `depth` bits. */
function prefixOf(hash: number, depth: number): number {
  return depth === 0 ? 0 : hash >>> (32 - depth);
}
