import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ClusterNode } from "../cluster-node.ts";
import { SocketlessNode, type SocketlessClient } from "../commands/socketless-node.ts";
import { SETTLE_MS } from "./limits.ts";
import type { Replication } from "./replication.ts";
import { TestLog } from "./test-log.ts";
import { UncommittedReplies } from "./uncommitted-replies.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A primary of a cluster that serves all slots, or of none, until it is deposed. */
class Primary {
  readonly log = Object.assign(new TestLog(), { committedTo: 0 });
  readonly node = new SocketlessNode();
  readonly replication: Replication;

  constructor({ isCluster = true } = {}) {
    // it is asked for nothing else
    const cluster = {
      route: () => ({ to: "here" }),
      view: { self: { role: "primary" } },
    } as unknown as ClusterNode;
    if (isCluster) Object.assign(this.node.broker, { cluster });
    this.replication = this.node.replicate(this.log);
    this.replication.serve();
  }

  connect(): SocketlessClient {
    return this.node.connect();
  }

  commit(to = this.log.logEnd): void {
    this.log.committedTo = to;
    this.replication.committed();
  }

  depose(): void {
    this.log.role = "replica";
    this.log.hasLease = false;
    this.replication.stepDown();
  }
}

const MOVED_K = "-MOVED 7629 127.0.0.1:7001";
const MOVED_L = "-MOVED 11562 127.0.0.1:7001";

describe("replies of a deposed primary", () => {
  test("stay where they are until it knows what the new one has", () => {
    const primary = new Primary();
    const client = primary.connect();
    client.send("SET k 1");
    primary.depose();
    expect(client.received()).toBe("");
    primary.log.hasLease = true;
    primary.replication.committed();
    expect(client.received()).toBe("");
  });

  test("end with its life in the cluster: no commit of the next one's log makes them true", () => {
    const primary = new Primary();
    const [client, waiter] = [primary.connect(), primary.connect()];
    client.send("SET k 1");
    waiter.send("SET l 1", "WAIT 9 0");
    primary.replication.leave();
    expect([client.connection.isClosed, waiter.connection.isClosed]).toEqual([true, true]);
    expect(primary.node.broker.blocking.size).toBe(0);
    primary.replication.serve();
    primary.commit();
    expect(client.received()).toBe("");
  });

  test("are true where the new one has the change, and redirections beyond", () => {
    const primary = new Primary();
    const [client, other] = [primary.connect(), primary.connect()];
    client.send("SET k 1", "INCR k", "PING");
    const shared = primary.log.logEnd;
    client.send("INCR k", "SET l 1", "PING");
    other.send("SET l 2");
    primary.depose();
    primary.replication.settled(shared);
    expect(client.received()).toBe(`+OK :2 +PONG ${MOVED_K} ${MOVED_L} +PONG`);
    expect(other.received()).toBe(MOVED_L);
    expect(primary.replication.gate.heldConnections).toBe(0);
  });

  test("to what was only read are redirections: the new one may have had writes since", () => {
    const primary = new Primary();
    const client = primary.connect();
    client.send("SET k 1");
    primary.commit();
    expect(client.received()).toBe("+OK");
    primary.log.hasLease = false;
    client.send("GET k", "SET k 2 NX", "LPUSH k 1", "DBSIZE");
    expect(client.received()).toBe("");
    primary.depose();
    // There is no change to wait for.
    expect(client.received()).toBe(`${MOVED_K} ${MOVED_K} ${MOVED_K} :1`);
  });

  test("are true one by one as the new one commits what they did", () => {
    const primary = new Primary();
    const [first, second] = [primary.connect(), primary.connect()];
    first.send("SET k 1", "GET k");
    const offset = primary.log.logEnd;
    second.send("SET k 2");
    primary.depose();
    primary.commit(offset);
    expect(first.received()).toBe(`+OK ${MOVED_K}`);
    expect(second.received()).toBe("");
    primary.commit();
    expect(second.received()).toBe("+OK");
  });

  test("to a transaction are one reply", () => {
    const primary = new Primary();
    const client = primary.connect();
    client.send("MULTI", "SET k 1", "GET k", "EXEC");
    expect(client.received()).toBe("");
    primary.depose();
    primary.replication.settled(0);
    expect(client.received()).toBe(`+OK +QUEUED +QUEUED ${MOVED_K}`);
  });

  test("that are long are cut out whole", () => {
    const primary = new Primary();
    const client = primary.connect();
    const value = "x".repeat(50_000);
    client.send(`SET k ${value}`, "PING");
    const shared = primary.log.logEnd;
    client.send("GETSET k 1", `SET k ${value}`, "GETDEL k", "PING");
    primary.depose();
    primary.replication.settled(shared);
    expect(client.received()).toBe(`+OK +PONG ${MOVED_K} ${MOVED_K} ${MOVED_K} +PONG`);
  });

  test("to a change of no slot cannot be redirected: the connection ends there", () => {
    const primary = new Primary();
    const client = primary.connect();
    client.send("SET k 1");
    const shared = primary.log.logEnd;
    client.send("FLUSHALL", "PING");
    primary.depose();
    primary.replication.settled(shared);
    expect(client.received()).toBe("+OK");
    expect(client.connection.isClosing).toBe(true);
  });

  test("to what was read of all keys wait for that, and are true only if it was shared", () => {
    for (const request of ["DBSIZE", "KEYS *", "SCAN 0", "RANDOMKEY"]) {
      const primary = new Primary();
      const [writer, early, late] = [primary.connect(), primary.connect(), primary.connect()];
      writer.send("SET k 1");
      const shared = primary.log.logEnd;
      early.send(request);
      writer.send("SET l 1");
      late.send(request);
      primary.depose();
      expect([early.received(), late.received()]).toEqual(["", ""]);
      primary.replication.settled(shared);
      expect(early.received()).toMatch(/1|k/);
      expect([late.received(), late.connection.isClosing]).toEqual(["", true]);
    }
  });

  test("of which a part has left are ended, and what comes behind is not taken for their end", () => {
    const elements = Array.from({ length: 5000 }, (_, index) => `element-${index}`);
    const whole = `*5000 ${elements.map((each) => `$${each.length} ${each}`).join(" ")}`;
    for (const isCluster of [true, false]) {
      const primary = new Primary({ isCluster });
      const [client, other] = [primary.connect(), primary.connect()];
      client.send(`RPUSH k ${elements.join(" ")}`);
      primary.commit();
      client.received();
      other.send("SET x 1");
      const shared = primary.log.logEnd;
      client.connection.decoder.push("LRANGE k 0 -1\r\nINCR l\r\n");
      primary.node.pump(client.connection);
      primary.commit(shared);
      const begun = client.raw();
      expect(begun.length).toBeGreaterThan(0);
      expect(begun.length).toBeLessThan(whole.length);
      primary.depose();
      primary.replication.settled(shared);
      const got = (begun + client.raw()).replaceAll("\r\n", " ").trimEnd();
      expect(got.startsWith(whole)).toBe(true);
      expect(got.slice(whole.length)).toBe(isCluster ? ` ${MOVED_L}` : "");
      expect(client.connection.isClosing).toBe(!isCluster);
    }
  });

  test("that were put together elsewhere end where the next begins", () => {
    const replies = new UncommittedReplies(new Primary().replication.gate);
    const [later, next] = ["*1\r\n+OK\r\n", "+OK\r\n"];
    replies.begin("");
    replies.endLater({ offset: 1, isChange: true, waits: true });
    replies.begin(later);
    replies.end(later + next, { offset: 2, slot: 7629, isChange: true, waits: true });
    const settlement = { sharedOffset: 1, redirection: (slot: number) => `-MOVED ${slot}` };
    const { parts } = replies.settle(later + next, settlement);
    expect(parts.join("")).toBe(`${later}-MOVED 7629`);
  });

  test("do not become true by the commits of the log that comes in its place", () => {
    const primary = new Primary();
    const client = primary.connect();
    client.send("SET k 1");
    primary.depose();
    primary.replication.settled(0);
    primary.replication.beginLoading();
    primary.commit();
    expect(client.received()).toBe(MOVED_K);
  });

  test("are given up after some seconds: who waits is closed, others are not", () => {
    const primary = new Primary();
    const [client, other] = [primary.connect(), primary.connect()];
    client.send("SET k 1");
    other.send("PING");
    primary.depose();
    vi.advanceTimersByTime(SETTLE_MS - 1);
    primary.replication.tick();
    expect(client.connection.isClosed).toBe(false);
    vi.advanceTimersByTime(1);
    primary.replication.tick();
    expect([client.connection.isClosed, other.connection.isClosed]).toEqual([true, false]);
  });

  test("are given up when its log is replaced: offsets of another log say nothing", () => {
    const primary = new Primary();
    const client = primary.connect();
    client.send("SET k 1");
    primary.depose();
    primary.replication.beginLoading();
    expect(client.connection.isClosed).toBe(true);
    expect(client.received()).toBe("");
  });

  test("leave as ever when it is the primary again", () => {
    const primary = new Primary();
    const client = primary.connect();
    client.send("SET k 1");
    primary.depose();
    primary.log.role = "primary";
    primary.log.hasLease = true;
    primary.replication.serve();
    expect(client.received()).toBe("");
    primary.commit();
    expect(client.received()).toBe("+OK");
  });

  test("of what it is asked afterwards come behind those that wait", () => {
    const primary = new Primary();
    const client = primary.connect();
    client.send("SET k 1");
    primary.depose();
    expect(client.send("PING")).toBe("");
    primary.replication.settled(0);
    expect(client.received()).toBe(`${MOVED_K} +PONG`);
  });
});

describe("replies of a deposed primary without a cluster", () => {
  test("to reads of a write wait for what becomes of it, and are never told if it is void", () => {
    const primary = new Primary({ isCluster: false });
    const [writer, reader] = [primary.connect(), primary.connect()];
    writer.send("SET k lost");
    reader.send("PING", "GET k", "PING");
    primary.depose();
    expect([writer.received(), reader.received()]).toEqual(["", ""]);
    primary.replication.settled(0);
    expect([writer.received(), reader.received()]).toEqual(["", "+PONG"]);
    expect([writer.connection.isClosing, reader.connection.isClosing]).toEqual([true, true]);
  });

  test("to reads of what the new one has are true, and wait for nothing where it was committed", () => {
    const primary = new Primary({ isCluster: false });
    const [writer, reader, early] = [primary.connect(), primary.connect(), primary.connect()];
    writer.send("SET k 1");
    primary.commit();
    primary.log.hasLease = false;
    early.send("GET k");
    writer.send("SET k 2");
    const shared = primary.log.logEnd;
    reader.send("GET k", "MULTI", "GET k", "EXEC", "PING");
    primary.depose();
    expect([early.received(), reader.received()]).toEqual(["$1 1", ""]);
    primary.replication.settled(shared);
    expect(writer.received()).toBe("+OK +OK");
    expect(reader.received()).toBe("$1 2 +OK +QUEUED *1 $1 2 +PONG");
    expect(reader.connection.isClosing).toBe(false);
  });

  test("that rest on no data wait for nobody else's, and keep their place behind their own", () => {
    const primary = new Primary({ isCluster: false });
    const [writer, other] = [primary.connect(), primary.connect()];
    writer.send("SET k 1");
    const shared = primary.log.logEnd;
    writer.send("NONE", "SUBSCRIBE c");
    primary.depose();
    expect(other.send("PING", "SUBSCRIBE c", "GET")).toBe(
      "+PONG *3 $9 subscribe $1 c :1 -ERR wrong number of arguments for 'get' command",
    );
    expect(writer.received()).toBe("");
    primary.replication.settled(shared);
    expect(writer.received()).toMatch(
      /^\+OK -ERR unknown command [^*]* \*3 \$9 subscribe \$1 c :1$/,
    );
  });
});

// Goal: whatever a client sent before its primary was deposed, each request gets one reply, in order: the true one if
// the new primary has the change, and a redirection or nothing wrong otherwise.
test("each request has one reply, and it is true or a redirection", () => {
  const request = fc.constantFrom("INCR k", "GET k", "PING", "INCR l", "ECHO 7");
  const turn = fc.record({
    requests: fc.array(request, { minLength: 1, maxLength: 6 }),
    isFlushed: fc.boolean(),
    commits: fc.nat(4),
  });
  fc.assert(
    fc.property(
      fc.array(turn, { maxLength: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (turns, share) => {
        const primary = new Primary();
        const { log } = primary;
        const client = primary.connect();
        const expected: { text: string; endsAt: number; isChange: boolean }[] = [];
        const counters = new Map([
          ["k", 0],
          ["l", 0],
        ]);
        let got = "";
        for (const { requests, isFlushed, commits } of turns) {
          for (const each of requests) {
            const [name, argument = ""] = each.split(" ");
            const { logEnd } = log;
            client.connection.decoder.push(`${each}\r\n`);
            primary.node.pump(client.connection);
            const value = (counters.get(argument) ?? 0) + (name === "INCR" ? 1 : 0);
            if (name === "INCR") counters.set(argument, value);
            const get = value === 0 ? "$-1\r\n" : `$${String(value).length}\r\n${value}\r\n`;
            const text =
              name === "PING"
                ? "+PONG\r\n"
                : name === "ECHO"
                  ? "$1\r\n7\r\n"
                  : name === "GET"
                    ? get
                    : `:${value}\r\n`;
            expected.push({ text, endsAt: log.logEnd, isChange: log.logEnd > logEnd });
          }
          if (isFlushed) got += client.raw();
          if (commits === 0) primary.commit();
        }
        const sharedOffset = Math.max(
          log.committedTo,
          ...expected.map(({ endsAt }) => endsAt).filter((endsAt) => endsAt <= share * log.logEnd),
        );
        primary.depose();
        primary.replication.settled(sharedOffset);
        got += client.raw();
        for (const { text, endsAt, isChange } of expected) {
          const isTrue = got.startsWith(text);
          const moved = /^-MOVED \d+ 127.0.0.1:7001\r\n/.exec(got)?.[0];
          if (isChange) expect(isTrue).toBe(endsAt <= sharedOffset);
          expect(isTrue || moved !== undefined).toBe(true);
          got = got.slice(isTrue ? text.length : (moved ?? "").length);
        }
        expect(got).toBe("");
      },
    ),
  );
});

// Goal: the same where nobody can be redirected, with several clients: each gets the true replies, in order, up to the
// first that rests on what happens nowhere, and nothing else; and none of that before it is known.
test("without a cluster each client has its true replies up to the first that is void", () => {
  const turn = fc.record({
    request: fc.constantFrom("INCR k", "GET k", "PING", "DBSIZE"),
    by: fc.nat(2),
    isFlushed: fc.boolean(),
    isCommitted: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(turn, { maxLength: 24 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (turns, share) => {
        const primary = new Primary({ isCluster: false });
        const { log } = primary;
        const clients = [0, 1, 2].map(() => ({
          client: primary.connect(),
          replies: [] as { text: string; restsOn: number }[], // what it is owed
          got: "",
        }));
        let count = 0;
        const ends = [0];
        for (const { request, by, isFlushed, isCommitted } of turns) {
          const one = clients[by];
          if (one === undefined) continue;
          one.client.connection.decoder.push(`${request}\r\n`);
          primary.node.pump(one.client.connection);
          if (request === "INCR k") count += 1;
          const text = {
            "INCR k": `:${count}\r\n`,
            "GET k": count === 0 ? "$-1\r\n" : `$${String(count).length}\r\n${count}\r\n`,
            PING: "+PONG\r\n",
            DBSIZE: `:${Math.min(count, 1)}\r\n`,
          }[request];
          one.replies.push({ text, restsOn: request === "PING" ? 0 : log.logEnd });
          ends.push(log.logEnd);
          if (isFlushed) one.got += one.client.raw();
          if (isCommitted) primary.commit();
        }
        const shared = Math.max(
          log.committedTo,
          ...ends.filter((end) => end <= share * log.logEnd),
        );
        primary.depose();
        for (const one of clients) one.got += one.client.raw();
        const owed = clients.map(({ replies }) => {
          const firstVoid = replies.findIndex(({ restsOn }) => restsOn > shared);
          const isCut = firstVoid >= 0;
          const told = isCut ? replies.slice(0, firstVoid) : replies;
          return { text: told.map(({ text }) => text).join(""), isCut };
        });
        for (const [index, { got }] of clients.entries())
          expect(owed[index]?.text.startsWith(got)).toBe(true);
        primary.replication.settled(shared);
        for (const [index, { client, got }] of clients.entries()) {
          const text = got + client.raw();
          expect({ text, isCut: client.connection.isClosing }).toEqual(owed[index]);
        }
      },
    ),
  );
});
