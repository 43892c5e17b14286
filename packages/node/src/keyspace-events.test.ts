import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { SocketlessNode } from "./commands/socketless-node.ts";
import { KeyspaceEvents } from "./keyspace-events.ts";

// Goal: the classes and channels of `notify-keyspace-events` are Redis'. Which command announces what is compared with a
// running redis-server by test/oracle/keyspace-events.test.ts.

/** What a subscriber of everything hears, `channel message`, while the commands run. */
function heard(flags: string, ...commands: readonly string[]): string[] {
  const node = new SocketlessNode("--notify-keyspace-events", flags);
  const [subscriber, client] = [node.connect(), node.connect()];
  subscriber.send("PSUBSCRIBE __key*@*__:*");
  client.send(...commands);
  const messages = subscriber
    .received()
    .matchAll(/\$\d+ pmessage \$\d+ \S+ \$\d+ (\S+) \$\d+ (\S+)/g);
  return Array.from(messages, ([, channel, message]) => `${channel} ${message}`);
}

test.each([
  ["", []],
  ["A", []],
  ["g$", []],
  ["K", []],
  ["KA", ["__keyspace@0__:k set", "__keyspace@0__:k del"]],
  ["EA", ["__keyevent@0__:set k", "__keyevent@0__:del k"]],
  ["KEg", ["__keyspace@0__:k del", "__keyevent@0__:del k"]],
  ["E$", ["__keyevent@0__:set k"]],
  ["EAn", ["__keyevent@0__:new k", "__keyevent@0__:set k", "__keyevent@0__:del k"]],
  ["Em", ["__keyevent@0__:keymiss k"]],
  ["Eltshzxed", []],
] as const)("with %j SET, DEL and GET announce %j", (flags, announced) => {
  expect(heard(flags, "SET k v", "DEL k", "GET k")).toEqual(announced);
});

test("events tell their database, and come after the command, also of a transaction", () => {
  expect(heard("EA", "SELECT 5", "MULTI", "SET k v", "MOVE k 7", "EXEC")).toEqual([
    ...["__keyevent@5__:set k", "__keyevent@5__:move_from k", "__keyevent@7__:move_to k"],
  ]);
});

test("CONFIG SET turns them on and off, and nobody looks at changes while they are off", () => {
  const node = new SocketlessNode();
  const client = node.connect();
  expect(node.broker.keyspace.hooks.observer).toBeUndefined();
  client.send("CONFIG SET notify-keyspace-events Ex");
  expect(node.broker.keyspace.hooks.observer).toBeDefined();
  client.send("CONFIG SET notify-keyspace-events x");
  expect(node.broker.keyspace.hooks.observer).toBeUndefined();
});

test("in a cluster a table is a slot, and the database is 0", () => {
  const node = new SocketlessNode();
  const { changes, hub, keyspace } = node.broker;
  const events = new KeyspaceEvents({ hub, changes, isCluster: true });
  const subscriber = node.connect();
  subscriber.send("PSUBSCRIBE *");
  events.configure("AE");
  events.notify(keyspace.table(7), "generic", "del", ascii("k"));
  expect(subscriber.received()).toBe("*4 $8 pmessage $1 * $18 __keyevent@0__:del $1 k");
});
