import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ascii, type Bytes } from "@slotcast/protocol";
import { SocketlessNode } from "./commands/socketless-node.ts";
import type { Connection } from "./connection.ts";
import { SERVING_HOLD_MS } from "./limits.ts";
import { ServingHold } from "./serving-hold.ts";

let resumed: string[] = [];
let hold: ServingHold;

beforeEach(() => {
  vi.useFakeTimers();
  resumed = [];
  hold = new ServingHold((connection, argv) => {
    resumed.push(`${connection.id} ${argv?.join(" ") ?? "again"}`);
  });
});
afterEach(() => {
  hold.end();
  vi.useRealTimers();
});

const node = new SocketlessNode();

function connect(): Connection {
  return node.connect().connection;
}

function get(key: string): readonly Bytes[] {
  return [ascii("GET"), ascii(key)];
}

describe("a request for a shard that nobody serves for a moment", () => {
  test("waits, and what its connection sent after it, until it is known who serves", () => {
    const [one, two] = [connect(), connect()];
    expect([hold.hold(one, get("a")), hold.hold(two, get("b"))]).toEqual([true, true]);
    expect([one.isStopped, two.isStopped, hold.size, resumed]).toEqual([true, true, 2, []]);
    hold.end();
    expect(resumed).toEqual([`${one.id} GET a`, `${two.id} GET b`]);
    expect([one.isStopped, two.isStopped, hold.size]).toEqual([false, false, 0]);
  });

  test("is refused as ever when that takes too long, and so are those that come later", () => {
    const connection = connect();
    hold.hold(connection, get("a"));
    vi.advanceTimersByTime(SERVING_HOLD_MS - 1);
    expect(resumed).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(resumed).toEqual([`${connection.id} GET a`]);
    expect(hold.hold(connection, get("a"))).toBe(false);
    expect(connection.isStopped).toBe(false);
  });

  test("waits the full time again after somebody has served", () => {
    const connection = connect();
    hold.hold(connection, get("a"));
    vi.advanceTimersByTime(SERVING_HOLD_MS);
    hold.end();
    expect(hold.hold(connection, get("b"))).toBe(true);
    vi.advanceTimersByTime(SERVING_HOLD_MS - 1);
    expect(resumed).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(resumed).toHaveLength(2);
  });

  test("may wait again at once, when it was known and is not any more", () => {
    const connection = connect();
    let again = true;
    hold = new ServingHold((held, argv) => {
      resumed.push(argv?.join(" ") ?? "again");
      if (again) hold.hold(held, argv);
      again = false;
    });
    hold.hold(connection, get("a"));
    hold.end();
    expect([resumed, hold.size, connection.isStopped]).toEqual([["GET a"], 1, true]);
    hold.end();
    expect([resumed.length, hold.size, connection.isStopped]).toEqual([2, 0, false]);
  });

  test("is none when it is a parked command that was woken: its connection stays stopped, and is tried again", () => {
    const connection = connect();
    hold.hold(connection, undefined);
    hold.end();
    expect([resumed, connection.isStopped]).toEqual([[`${connection.id} again`], true]);
  });

  test("is nobody's once its connection is gone", () => {
    const connection = connect();
    hold.hold(connection, get("a"));
    hold.forget(connection);
    hold.end();
    expect([hold.size, resumed]).toEqual([0, []]);
  });

  test("is not read on after a connection that is closing", () => {
    const connection = connect();
    hold.hold(connection, get("a"));
    connection.closeAfterReply();
    hold.end();
    expect(connection.isStopped).toBe(true);
  });
});
