import { expect, test } from "vitest";
import { SocketlessNode } from "./commands/socketless-node.ts";
import { sweepIdle } from "./idle-sweep.ts";

const LATER_MS = 5001;

test("closes who sent nothing for longer than `timeout`, but nobody who waits for something", () => {
  const node = new SocketlessNode("--timeout", "5");
  const [idle, subscriber, blocked, busy] = [
    node.connect(),
    node.connect(),
    node.connect(),
    node.connect(),
  ];
  subscriber.send("SUBSCRIBE a");
  blocked.send("BLPOP queue 0");
  const startMs = idle.connection.lastActiveMs;
  const nowMs = startMs + LATER_MS;
  busy.connection.lastActiveMs = nowMs - 5000;
  subscriber.connection.lastActiveMs = startMs;
  blocked.connection.lastActiveMs = startMs;
  expect(sweepIdle(node.broker, nowMs)).toBe(1);
  expect([idle, subscriber, blocked, busy].map(({ connection }) => connection.isClosed)).toEqual([
    true, false, false, false,
  ]); // prettier-ignore
});

test("closes nobody while `timeout` is 0", () => {
  const node = new SocketlessNode();
  const { connection } = node.connect();
  expect(sweepIdle(node.broker, connection.lastActiveMs + 1e9)).toBe(0);
});
