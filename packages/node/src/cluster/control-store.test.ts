import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  afterWrite,
  founderState,
  type DiskWrite,
  type LogEntry,
  type StoredState,
} from "@slotcast/control";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LogFields, Logger } from "../logger.ts";
import { controlPaths, ControlStore, type ControlPaths } from "./control-store.ts";
import type { Sync } from "./durable-file.ts";
import { loadFacts } from "./facts-file.ts";
import { applied, founded, id, joined, nodeFact, twoShards } from "./test-facts.ts";

let directory = "";
let paths: ControlPaths;
let warnings: (readonly [message: string, fields: LogFields])[] = [];
let failures: string[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "control-store-"));
  paths = controlPaths(join(directory, "nodes.conf"));
  warnings = [];
  failures = [];
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function open(options: { readonly sync?: Sync; readonly nodeId?: string } = {}): ControlStore {
  const { nodeId = id("1"), ...rest } = options;
  return new ControlStore({
    paths,
    logger: LOGGER,
    newNodeId: () => nodeId,
    diskFailed: ({ message }) => failures.push(message),
    ...rest,
  });
}

const LOGGER: Logger = {
  debug: () => {},
  verbose: () => {},
  info: () => {},
  warn: (fields, message) => warnings.push([message, fields]),
  fatal: () => {},
  child: () => LOGGER,
};

function entry(index: number, term = 1): LogEntry {
  return { index, term, command: { kind: "noop" } };
}

function hardState(term: number): Pick<DiskWrite, "hardState"> {
  return { hardState: { term, votedFor: id("1") } };
}

/** A founder's first write, as the shell makes it. */
function founding(): DiskWrite {
  return { ...founderState(id("1")) };
}

async function written(...writes: readonly DiskWrite[]): Promise<void> {
  const store = open();
  for (const write of writes) await store.write(write);
  await store.close();
}

describe("a node", () => {
  test("keeps its id, and every start is another incarnation, durable before it is told", async () => {
    const first = open();
    expect(first.self).toEqual({ nodeId: id("1"), incarnation: 1 });
    expect(readFileSync(paths.identity, "latin1")).toContain('"incarnation":1');
    await first.close();
    expect(open({ nodeId: id("2") }).self).toEqual({ nodeId: id("1"), incarnation: 2 });
    // Killed: nothing was closed.
    expect(open().self.incarnation).toBe(3);
  });

  test("has nothing stored at its first start", () => {
    const store = open();
    expect([store.restored, store.savedFacts, store.tornRecords]).toEqual([
      undefined,
      undefined,
      0,
    ]);
  });

  test("without its identity is not started: it could come back as a voter that forgot its votes", async () => {
    await written(founding());
    rmSync(paths.identity);
    expect(() => open()).toThrow(
      `cluster-config-file: ${paths.identity}: it is missing, and ${paths.log} is there. Restore it, or remove this node's files and let it join as a new one`,
    );
    rmSync(paths.log);
    const store = open();
    store.saveFacts(twoShards());
    await store.flushFacts();
    rmSync(paths.identity);
    expect(() => open()).toThrow(`it is missing, and ${paths.facts} is there`);
    rmSync(paths.facts);
    expect(() => open()).toThrow(`it is missing, and ${paths.nodes} is of this node`);
    rmSync(paths.nodes);
    expect(open({ nodeId: id("3") }).self).toEqual({ nodeId: id("3"), incarnation: 1 });
    await store.close();
  });

  test("with a damaged identity is not started, and the file stays as it is", () => {
    open();
    const text = readFileSync(paths.identity, "latin1").replace(
      '"incarnation":1',
      '"incarnation":9',
    );
    writeFileSync(paths.identity, text);
    expect(() => open()).toThrow(`${paths.identity}: damaged: it was changed.`);
    writeFileSync(paths.identity, "");
    expect(() => open()).toThrow(`${paths.identity}: damaged: it does not begin with`);
    expect(readFileSync(paths.identity, "latin1")).toBe("");
  });

  test.each([
    [
      "of Redis",
      `${id("9")} :0@0,,tls-port=0,shard-id=${id("8")} myself,master - 0 0 0 connected\n`,
    ],
    ["of an early Slotcast", `${id("9")} node-1:7000@17000 master - 0 0 1 connected 0-5460\n`],
    ["that is something else", "port 7000\n"],
  ])("beside a nodes.conf %s is not started, and the file stays", (_whose, text) => {
    writeFileSync(paths.nodes, text);
    expect(() => open()).toThrow(
      `cluster-config-file: ${paths.nodes} was not written by this version of Slotcast, and is not read: move it away, and let this node join with CLUSTER MEET`,
    );
    expect(readFileSync(paths.nodes, "utf8")).toBe(text);
    expect(existsSync(paths.identity)).toBe(false);
    rmSync(paths.nodes);
    expect(open().self.incarnation).toBe(1);
  });

  test("is started beside an empty nodes.conf, which says nothing, and not beside what it cannot read", () => {
    writeFileSync(paths.nodes, "");
    expect(open().self.incarnation).toBe(1);
    for (const path of Object.values(paths)) rmSync(path, { force: true });
    mkdirSync(paths.nodes);
    expect(() => open()).toThrow(`cluster-config-file: ${paths.nodes}: EISDIR`);
  });

  test("that has its identity does not look at nodes.conf: it is written anew", async () => {
    await open().close();
    writeFileSync(paths.nodes, "whatever");
    const store = open();
    store.saveFacts(twoShards());
    await store.close();
    expect(readFileSync(paths.nodes, "utf8")).toContain(id("a1"));
  });

  test("shares a directory with others that have another nodes file", () => {
    const other = controlPaths(join(directory, "nodes-7001.conf"));
    expect(new Set([...Object.values(paths), ...Object.values(other)]).size).toBe(8);
  });
});

describe("a voter", () => {
  test("finds again what it wrote: snapshots, cuts and all", async () => {
    const snapshot = { index: 2, term: 1, voters: [id("1")], facts: twoShards() };
    await written(
      founding(),
      { ...hardState(1), entries: [entry(1), entry(2), entry(3)] },
      { truncateFrom: 3, entries: [entry(3, 2), entry(4, 2)], ...hardState(2) },
      { snapshot, ...hardState(2), entries: [entry(3, 2), entry(4, 2)] },
      { entries: [entry(5, 2)] },
    );
    expect(open().restored).toEqual({
      ...hardState(2),
      snapshot,
      entries: [entry(3, 2), entry(4, 2), entry(5, 2)],
    });
  });

  test("may write many times, and start in between, as Raft does", async () => {
    const step = fc.record({
      kind: fc.constantFrom("append", "cut", "vote", "snapshot", "restart"),
      count: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const path of Object.values(paths)) rmSync(path, { force: true });
        let store = open();
        let state: StoredState = founderState(id("1"));
        await store.write(founding());
        for (const { kind, count } of steps) {
          if (kind === "restart") {
            await store.close();
            store = open();
            expect(store.restored).toEqual(state);
            continue;
          }
          const write = nextWrite(state, kind, count);
          await store.write(write);
          state = afterWrite(state, write);
        }
        await store.close();
        expect(open().restored).toEqual(state);
      }),
      { numRuns: 30 },
    );
  });

  test("gets back all that was confirmed, and nothing half, wherever a crash cut the file", async () => {
    await written(founding(), { ...hardState(1), entries: [entry(1)] });
    const before = open().restored;
    const confirmedBytes = readFileSync(paths.log).length;
    const store = open();
    await store.write({ ...hardState(2), truncateFrom: 1, entries: [entry(1, 2), entry(2, 2)] });
    const file = readFileSync(paths.log);
    for (let length = confirmedBytes; length < file.length; length += 1) {
      writeFileSync(paths.log, file.subarray(0, length));
      const found = open();
      expect(found.restored).toEqual(before);
      expect(found.tornRecords).toBe(length > confirmedBytes ? 1 : 0);
      // A second process of the same node, started by mistake, must not touch it.
      expect(readFileSync(paths.log)).toHaveLength(length);
    }
    expect(warnings).toHaveLength(file.length - confirmedBytes - 1);
    expect(warnings.at(-1)).toEqual([
      "left out a record that a crash had torn",
      { path: paths.log, tornBytes: file.length - confirmedBytes - 1 },
    ]);
    await store.close();
  });

  test("goes on behind a record that was cut off", async () => {
    await written(founding(), { ...hardState(1), entries: [entry(1)] });
    const end = readFileSync(paths.log).length;
    await written({ entries: Array.from({ length: 9 }, (_, index) => entry(index + 2)) });
    truncateSync(paths.log, readFileSync(paths.log).length - 1);
    await written({ entries: [entry(2)] });
    expect(open().restored?.entries).toEqual([entry(1), entry(2)]);
    expect(readFileSync(paths.log).length).toBeLessThan(end + 200);
  });

  test("does not start from a damaged log, and says where the damage is", async () => {
    await written(founding(), { ...hardState(1), entries: [entry(1)] }, { entries: [entry(2)] });
    const file = readFileSync(paths.log);
    const at = file.indexOf('"term":1');
    file.write("9", at + 7, "latin1");
    writeFileSync(paths.log, file);
    expect(() => open()).toThrow(
      /nodes\.control\.log: damaged at byte \d+: record 2 is not what was written\. Restore it/,
    );
    expect(readFileSync(paths.log)).toEqual(file);
  });

  test("does not start without its log", async () => {
    await written(founding());
    rmSync(paths.log);
    expect(() => open()).toThrow(`${paths.log}: it is missing, and this node has voted.`);
  });

  test("does not start from another node's log", async () => {
    await written(founding());
    const log = readFileSync(paths.log);
    for (const path of Object.values(paths)) rmSync(path, { force: true });
    const other = open({ nodeId: id("2") });
    await other.write(founding());
    await other.close();
    writeFileSync(paths.log, log);
    expect(() => open()).toThrow(`damaged at byte 0: it does not begin with`);
  });

  test("that stopped while it wrote a snapshot has its old log", async () => {
    await written(founding(), { ...hardState(1), entries: [entry(1)] });
    writeFileSync(`${paths.log}.new`, "half a file");
    expect(open().restored?.entries).toEqual([entry(1)]);
    const snapshot = { index: 1, term: 1, voters: [id("1")], facts: twoShards() };
    await written({ snapshot, ...hardState(1), entries: [] });
    expect(open().restored).toEqual({ ...hardState(1), snapshot, entries: [] });
  });

  test("does not start from what it may not read", async () => {
    await written(founding());
    rmSync(paths.log);
    mkdirSync(paths.log);
    expect(() => open()).toThrow(
      `cluster-config-file: ${paths.log}: EISDIR: illegal operation on a directory, read`,
    );
  });

  test("keeps its log short, though elections alone make no snapshot", async () => {
    const store = open();
    await store.write(founding());
    const many = Array.from({ length: 1000 }, (_, index) => entry(index + 1));
    let longest = 0;
    for (let round = 1; round <= 80; round += 1) {
      await store.write({ ...hardState(round), truncateFrom: 1, entries: many });
      longest = Math.max(longest, store.logBytes);
    }
    expect(longest).toBeLessThan(1.2 * 1024 * 1024);
    expect(store.logBytes).toBeLessThan(longest);
    await store.close();
    expect(open().restored).toEqual({ ...founderState(id("1")), ...hardState(80), entries: many });
  });
});

describe("when the disk fails", () => {
  /** Rejects from the given call on. */
  function failingFrom(call: number): { readonly sync: Sync; readonly calls: () => number } {
    let calls = 0;
    return {
      calls: () => calls,
      sync: async (file) => {
        calls += 1;
        if (calls >= call) throw new Error("EIO: i/o error, fsync");
        await file.sync();
      },
    };
  }

  test.each([1, 2, 3, 5])(
    "at fsync %i the process ends: the write is never confirmed, nor tried again",
    async (call) => {
      const disk = failingFrom(call);
      const store = open({ sync: disk.sync });
      let confirmed = 0;
      const work = async (): Promise<void> => {
        for (const write of [founding(), { ...hardState(1), entries: [] }]) {
          await store.write(write);
          confirmed += 1;
        }
      };
      void work();
      await expect.poll(() => failures).toEqual(["EIO: i/o error, fsync"]);
      // Of the first write: file, directory, identity and its directory. Then one for the record.
      expect(confirmed).toBe(call < 5 ? 0 : 1);
      expect(disk.calls()).toBe(call);
      void store.write(founding());
      void store.write(founding());
      await new Promise(setImmediate);
      expect(failures).toHaveLength(1);
    },
  );

  test("the facts are not saved, which SAVECONFIG tells and the next change tries again", async () => {
    let isBroken = true;
    const store = open({
      sync: async (file) => {
        if (isBroken) throw new Error("ENOSPC: no space left on device, fsync");
        await file.sync();
      },
    });
    store.saveFacts(twoShards());
    await expect(store.flushFacts()).rejects.toThrow("ENOSPC");
    expect(failures).toEqual([]);
    isBroken = false;
    await store.flushFacts();
    expect(open().savedFacts).toEqual(twoShards());
    await store.close();
  });
});

test("a store that is closed ends what it is just writing", async () => {
  await written(founding());
  let closing: Promise<void> | undefined;
  const store = open({
    sync: async (file) => {
      closing ??= store.close();
      // Time enough for who does not wait.
      await Promise.race([closing, setTimeout(50)]);
      await file.sync();
    },
  });
  const writing = store.write({ entries: [entry(1)] });
  await expect.poll(() => closing !== undefined).toBe(true);
  await closing;
  expect(failures).toEqual([]);
  await writing;
  expect(open().restored?.entries).toEqual([entry(1)]);
});

describe("the facts", () => {
  test("are there at the next start, the latest that were saved", async () => {
    const store = open();
    const facts = twoShards();
    const later = applied(facts, { kind: "set-epoch", shardId: id("5000a"), epoch: 9 });
    store.saveFacts(facts);
    store.saveFacts(later);
    await expect.poll(() => existsSync(paths.facts) && loadFacts(paths.facts)).toEqual(later);
    await store.close();
    expect(open().savedFacts).toEqual(later);
  });

  test("are saved when the store is closed", async () => {
    const store = open();
    store.saveFacts(twoShards());
    await store.close();
    expect(open().savedFacts).toEqual(twoShards());
  });

  test("go into a nodes.conf in Redis' form as well", async () => {
    const store = open({ nodeId: id("a1") });
    store.saveFacts(twoShards());
    await store.flushFacts();
    const text = readFileSync(paths.nodes, "utf8");
    expect(text).toContain(
      `${id("a1")} 127.0.0.1:7161@17161,,shard-id=${id("5000a")} myself,master - 0 0 1 connected 0-8191\n`,
    );
    await store.close();
  });

  test("that are damaged keep the node from starting", async () => {
    const store = open();
    store.saveFacts(twoShards());
    await store.close();
    writeFileSync(
      paths.facts,
      readFileSync(paths.facts, "latin1").replace("127.0.0.1", "127.0.0.2"),
    );
    expect(() => open()).toThrow(`${paths.facts}: damaged: it was changed`);
  });
});

describe("a node that joins another cluster", () => {
  const joinedFacts = joined(twoShards(), "d1");
  const ownFacts = founded(nodeFact("d1"));

  test("keeps its id and incarnation, and has been no voter there", async () => {
    const store = open({ nodeId: id("d1") });
    await store.write(founding());
    await store.adopt(joinedFacts);
    expect(existsSync(paths.log)).toBe(false);
    await store.close();
    const next = open();
    expect(next.self).toEqual({ nodeId: id("d1"), incarnation: 2 });
    expect([next.restored, next.savedFacts]).toEqual([undefined, joinedFacts]);
  });

  test("may become a voter there", async () => {
    const store = open({ nodeId: id("d1") });
    await store.write({ ...founding(), entries: [entry(1)] });
    await store.adopt(joinedFacts);
    await store.write({ ...hardState(7), entries: [] });
    await store.close();
    const next = open();
    expect(next.restored).toEqual({ ...hardState(7), snapshot: undefined, entries: [] });
    expect(next.savedFacts).toEqual(joinedFacts);
  });

  test("waits for what it is just writing", async () => {
    const store = open({ nodeId: id("d1") });
    const writing = store.write(founding());
    await store.adopt(joinedFacts);
    await writing;
    expect(existsSync(paths.log)).toBe(false);
    expect(open()).toMatchObject({ restored: undefined, savedFacts: joinedFacts });
    await store.close();
  });

  test("is in the one, or in the other, or new, whenever the machine stops", async () => {
    const found: string[] = [];
    for (let syncs = 0; found.at(-1) !== "done"; syncs += 1) {
      for (const path of Object.values(paths)) rmSync(path, { force: true });
      let left = Number.POSITIVE_INFINITY;
      const store = open({
        nodeId: id("d1"),
        sync: async (file) => {
          left -= 1;
          if (left < 0) throw new Error("the machine stops");
          await file.sync();
        },
      });
      await store.write(founding());
      store.saveFacts(ownFacts);
      await store.flushFacts();
      left = syncs;
      const hasStopped = await store.adopt(joinedFacts).catch(() => "stopped");
      found.push(hasStopped === undefined ? "done" : stateOf(open()));
    }
    // Of the identity a file and its directory, then of the facts. What has its name may be there before it is durable.
    expect(found.slice(0, 4)).toEqual(["own", "new", "new", "joined"]);
    expect(new Set(found.slice(3, -1))).toEqual(new Set(["joined"]));
  });

  /** Which cluster a node is in after a start. */
  function stateOf({ restored, savedFacts }: ControlStore): string {
    if (restored === undefined && savedFacts === undefined) return "new";
    const { clusterId } = savedFacts ?? {};
    if (restored === undefined) return clusterId === joinedFacts.clusterId ? "joined" : "lost";
    return clusterId === ownFacts.clusterId ? "own" : "a voter with the facts of others";
  }

  test("that stopped before its old log was gone does not take it for one of the new cluster", async () => {
    const store = open({ nodeId: id("d1") });
    await store.write({ ...founding(), entries: [entry(1)] });
    const log = readFileSync(paths.log);
    await store.adopt(joinedFacts);
    await store.close();
    writeFileSync(paths.log, log);
    const next = open();
    expect([next.restored, next.savedFacts]).toEqual([undefined, joinedFacts]);
    await next.write({ ...hardState(7), entries: [] });
    await next.close();
    expect(open().restored).toMatchObject({ hardState: { term: 7 }, entries: [] });
  });
});

describe("CLUSTER RESET", () => {
  test("forgets the cluster; the node stays who it is", async () => {
    const store = open();
    await store.write(founding());
    store.saveFacts(twoShards());
    await store.reset();
    const next = open();
    expect(next.self).toEqual({ nodeId: id("1"), incarnation: 2 });
    expect([next.restored, next.savedFacts]).toEqual([undefined, undefined]);
    expect(existsSync(paths.nodes)).toBe(false);
  });

  test("HARD forgets who it was", async () => {
    const store = open();
    await store.write(founding());
    await store.reset(id("2"));
    expect(open().self).toEqual({ nodeId: id("2"), incarnation: 2 });
  });

  test.each([1, 2, 3, 4, 5])("that stops at fsync %i has happened or not", async (call) => {
    await written(founding());
    let calls = 0;
    const store = open({
      sync: async (file) => {
        calls += 1;
        if (calls === call) throw new Error("the machine stops");
        await file.sync();
      },
    });
    await expect(store.reset(id("2"))).rejects.toThrow("the machine stops");
    const found = open();
    if (found.self.nodeId === id("1") && found.restored !== undefined) {
      expect(found.restored).toEqual(founderState(id("1")));
    } else {
      expect(found.restored).toBeUndefined();
    }
  });
});

/** Something that Raft could write behind `state`. */
function nextWrite(state: StoredState, kind: string, count: number): DiskWrite {
  const { term } = state.hardState;
  const base = state.snapshot?.index ?? 0;
  const last = state.entries.at(-1)?.index ?? base;
  const entriesFrom = (first: number, ofTerm: number): LogEntry[] =>
    Array.from({ length: count }, (_, at) => entry(first + at, ofTerm));
  switch (kind) {
    case "append":
      return { entries: entriesFrom(last + 1, term) };
    case "cut": {
      const first = Math.max(base + 1, last + 1 - count);
      return { ...hardState(term + 1), truncateFrom: first, entries: entriesFrom(first, term + 1) };
    }
    case "vote":
      return { ...hardState(term + count), entries: [] };
    default: {
      const index = Math.max(base, last - count);
      const snapshot = { index, term, voters: [id("1")], facts: twoShards() };
      const entries = state.entries.filter((kept) => kept.index > index);
      return { hardState: state.hardState, snapshot, entries };
    }
  }
}
