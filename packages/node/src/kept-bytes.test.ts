import { ascii, bulkHead } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { SocketlessNode } from "./commands/socketless-node.ts";
import { collectGarbage } from "./memory/collect-garbage.ts";

// Goal: nothing that is kept keeps the chunk of 64 KB that it came in (a slice of a string keeps all of it).
// Method: many chunks, each with one command that keeps a few bytes and a PING that fills the rest; the heap after a
// forced collection must not have grown by the chunks.

const CHUNKS = 400;
const FILLING_BYTES = 60_000;
/** All chunks together are 24 MB. */
const GROWTH_BYTES_MAX = 6_000_000;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function request(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `${bulkHead(word.length)}${word}\r\n`).join("")}`;
}

/** Made anew for each chunk, so that no two share their bytes. */
function filling(at: number): string {
  return String(at).padEnd(FILLING_BYTES, ".");
}

const LONG = "-a-name-of-more-than-twelve-chars";

/** More than a set packs into one string. */
const MEMBERS = Array.from({ length: 33 }, (_, index) => `m${index}`);

/** What is sent before the chunk, and what keeps something of the chunk. */
const KEEPERS: readonly (readonly [what: string, before: string[], keeping: string[]])[] = [
  ["a new key and its value", [], ["SET", "k@", "v@"]],
  ["a new value of a key", ["SET", "k@", "x"], ["SET", "k@", "v@"]],
  ["the expiry of a key", ["SET", "k@", "x"], ["EXPIRE", "k@", "100"]],
  ["an element", [], ["LPUSH", "k@", "v@"]],
  ["a member", [], ["SADD", "k@", "m@"]],
  ["a member of a large set", ["SADD", "k@", ...MEMBERS], ["SADD", "k@", "m@"]],
  ["an entry", [], ["XADD", "k@", "*", "f@", "v@"]],
  ["a subscription", [], ["SUBSCRIBE", "k@"]],
  ["a pattern", [], ["PSUBSCRIBE", "k@*"]],
  ["a name", [], ["CLIENT", "SETNAME", "n@"]],
  ["a watched key", [], ["WATCH", "k@"]],
  ["a waiting command", [], ["BLPOP", "k@", "0"]],
];

test.each(KEEPERS)("%s does not keep its chunk", (_, before, keeping) => {
  const node = new SocketlessNode();
  const clients = Array.from({ length: CHUNKS }, () => node.connect());
  const named = (words: readonly string[], at: number): string[] =>
    words.map((word) => word.replace("@", `${at}${LONG}`));
  for (const [at, client] of clients.entries()) {
    if (before.length > 0) client.send(named(before, at).join(" "));
  }
  const startBytes = heapBytes();
  for (const [at, client] of clients.entries()) {
    const { connection } = client;
    const chunk = request("PING", filling(at)) + request(...named(keeping, at));
    // One flat string, as a socket gives it.
    connection.decoder.push(ascii(Buffer.from(chunk, "latin1").latin1Slice()));
    node.pump(connection);
    client.received();
    // The test's own record of what was changed.
    node.effects.length = 0;
  }
  expect(heapBytes() - startBytes).toBeLessThan(GROWTH_BYTES_MAX);
  expect(clients).toHaveLength(CHUNKS);
});

test("a transaction keeps its commands, not their chunks", () => {
  const client = new SocketlessNode().connect();
  const { connection } = client;
  client.send("MULTI");
  const startBytes = heapBytes();
  for (let at = 0; at < CHUNKS; at += 1) {
    // Empty inline requests fill the chunk: they are skipped.
    const chunk = request("SET", `k${at}${LONG}`, "v") + "\r\n".repeat(FILLING_BYTES / 2);
    connection.decoder.push(ascii(Buffer.from(chunk, "latin1").latin1Slice()));
    client.send();
  }
  expect(connection.transaction?.queue).toHaveLength(CHUNKS);
  expect(heapBytes() - startBytes).toBeLessThan(GROWTH_BYTES_MAX);
});

test("channels of any length are not remembered for the patterns they match", () => {
  const node = new SocketlessNode();
  const subscriber = node.connect();
  subscriber.send("PSUBSCRIBE nothing*");
  const startBytes = heapBytes();
  for (let at = 0; at < CHUNKS; at += 1) {
    node.broker.hub.publish("channel", ascii(filling(at)), ascii("x"));
  }
  expect(heapBytes() - startBytes).toBeLessThan(GROWTH_BYTES_MAX);
});
