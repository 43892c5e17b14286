import { ascii, EMPTY, slice, type Bytes } from "@slotcast/protocol";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SocketlessNode } from "../commands/socketless-node.ts";
import { withChosenIds } from "./discarded-ids.ts";
import { TestLog } from "./test-log.ts";

const NOW_MS = 1_800_000_000_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A primary that is deposed at some point of what it did. */
class Deposed {
  readonly #log = new TestLog();
  readonly #node = new SocketlessNode();
  readonly #client = this.#node.connect();
  readonly #replication = this.#node.replicate(this.#log);
  /** Where each command's effects end, and what it was answered. */
  readonly done: { readonly offset: number; readonly reply: string }[] = [];

  constructor() {
    this.#replication.serve();
  }

  do(...requests: readonly string[]): this {
    for (const request of requests) {
      const reply = this.#client.send(request).replace(/^\$\d+ /, "");
      this.#replication.flush();
      this.done.push({ offset: this.#log.logEnd, reply });
    }
    return this;
  }

  after(ms: number): this {
    vi.setSystemTime(Date.now() + ms);
    return this;
  }

  /** What it keeps, as words, of the part behind the first so many commands. `from`: what is known of the log begins behind those. */
  discarded(commands: number, from = 0): string {
    const before = slice(this.#log.text, this.#offsetOf(from), this.#offsetOf(commands));
    const effects = slice(this.#log.text, this.#offsetOf(commands));
    const kept = withChosenIds(before, effects, (database, key) =>
      this.#replication.streamOf(database, key),
    );
    return words(kept);
  }

  #offsetOf(commands: number): number {
    return commands === 0 ? 0 : (this.done[commands - 1]?.offset ?? assert.fail());
  }
}

function words(effects: Bytes): string {
  return effects.replaceAll(/[*$]\d+\r\n/g, "").replaceAll("\r\n", " ");
}

describe("a log of what was given up", () => {
  test("names each entry by the id that its client was told, wherever it begins", () => {
    const deposed = new Deposed()
      .do("XADD s * f 1", "XADD s * f 2", "XADD t * f 3", "SELECT 3", "XADD s * f 4")
      .after(1)
      .do("xadd s * f 5", "SELECT 0", "XADD s * f 6", "XADD s 1900000000000-7 f 7", "XADD s * f 8")
      .do("XADD s 1900000000000-* f 9", "XADD t MAXLEN 5 * f 10", "XADD t * f 11")
      .after(-1)
      .do("XADD t * f 12");
    for (let commands = 0; commands < deposed.done.length; commands += 1) {
      const ids = deposed.done.slice(commands).map(({ reply }) => reply);
      const expected = ids.filter((reply) => reply !== "+OK").join(" ");
      const kept = deposed.discarded(commands);
      expect([...kept.matchAll(/\d{13}-\d+/g)].join(" "), `from ${commands} on`).toBe(expected);
    }
  });

  test("says the rest as it was logged", () => {
    const deposed = new Deposed().do("XADD s * f v", "SET k v", "XDEL s 5-5", "XADD s * f w");
    expect(deposed.discarded(1)).toBe(`SET k v XADD s ${NOW_MS}-1 f w `);
  });

  test("leaves open what the log before it does not tell", () => {
    const deposed = new Deposed().do("XADD s * f v", "XADD s * f w");
    expect(deposed.discarded(1, 1)).toBe("XADD s * f w ");
  });

  test("leaves open what the stream does not confirm", () => {
    const deposed = new Deposed().do(`XADD s ${NOW_MS}-0 f same`, "XADD s * f v", "DEL s");
    expect(deposed.discarded(1)).toBe("XADD s * f v DEL s ");
    // The last id of the stream stands before all that is known: it is not the clock's.
    const ahead = new Deposed().do("XADD s 1900000000000-0 f v", "XADD s * f w");
    expect(ahead.discarded(1, 1)).toBe("XADD s * f w ");
    const moved = new Deposed().do("XADD s * f v", "XADD s * f w", "RENAME s t");
    expect(moved.discarded(0)).toContain("XADD s * f v XADD s * f w RENAME s t ");
  });

  test("that is of no stream is unchanged", () => {
    expect(withChosenIds(EMPTY, ascii("*1\r\n$1\r\n\0\r\n"), () => undefined)).toBe(
      "*1\r\n$1\r\n\0\r\n",
    );
  });
});
