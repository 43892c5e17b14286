import { EMPTY } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../config/load-config.ts";
import type { Config } from "../config/config.ts";
import { AddressBook } from "./address-book.ts";
import { FactsView } from "./facts-view.ts";
import { founded, id, joined, nodeFact } from "./test-facts.ts";

const A = id("a1");
const B = id("b1");

/** The facts know this node by an address, and the other one by a host name besides. */
function bookOf(flags: string): { book: AddressBook; config: Config } {
  const argv = `--port 7000 ${flags}`.trim().split(" ");
  const config = loadConfig({ argv, env: {}, cwd: "/", readStdin: () => EMPTY });
  const self = nodeFact("a1", { host: "10.0.0.1", port: 7000 });
  const other = { host: "10.0.0.2", port: 7000, hostname: "two.example" };
  const view = new FactsView({
    self,
    facts: joined(founded(self), "b1", "b", other),
    hasQuorum: true,
    isServing: true,
    requiresFullCoverage: true,
  });
  return { book: new AddressBook({ view, config }), config };
}

/** What the other node says on the bus. */
const HELLO = {
  listeners: [{ name: "external", host: "localhost", port: 7105 }],
  hostname: "",
  version: "1",
};

const EXTERNAL = "--listener external=7100 --cluster-announce-client external=localhost:7101";

describe("a client of the default listener", () => {
  test("is told the addresses of the facts", () => {
    const { book } = bookOf(EXTERNAL);
    expect(book.endpoint(A, "default")).toMatchObject({ host: "10.0.0.1", port: 7000 });
    expect(book.endpoint(B, "default")).toMatchObject({
      host: "10.0.0.2",
      port: 7000,
      hostname: "two.example",
      preferredHost: "10.0.0.2",
    });
  });

  test("is told this node's announced address and port", () => {
    const { book } = bookOf("--cluster-announce-ip 192.0.2.1 --cluster-announce-port 9000");
    expect(book.endpoint(A, "default")).toMatchObject({ host: "192.0.2.1", port: 9000 });
  });

  test("is told what a peer says of itself; what it leaves open is in the facts", () => {
    const { book } = bookOf("");
    const hello = { hostname: "new.example", version: "1" };
    book.learn(B, { ...hello, listeners: [{ name: "default", host: "", port: 7777 }] });
    expect(book.endpoint(B, "default")).toMatchObject({
      host: "10.0.0.2",
      port: 7777,
      hostname: "new.example",
    });
    book.learn(B, { ...hello, listeners: [{ name: "default", host: "::2", port: 7000 }] });
    expect(book.endpoint(B, "default")).toMatchObject({ host: "::2", port: 7000 });
  });
});

describe("a client of a named listener", () => {
  test("is told each node's address for it, as configured and as announced", () => {
    const { book } = bookOf(EXTERNAL);
    book.learn(B, HELLO);
    expect(book.endpoint(A, "external")).toEqual({
      host: "localhost",
      port: 7101,
      hostname: "",
      preferredHost: "localhost",
    });
    expect(book.endpoint(B, "external")).toMatchObject({ host: "localhost", port: 7105 });
  });

  test("is told the default address of a node that announces none for it", () => {
    const { book } = bookOf(EXTERNAL);
    book.learn(B, HELLO);
    expect(book.endpoint(B, "other")).toMatchObject({ host: "10.0.0.2", port: 7000 });
  });
});

describe("what a peer said of itself", () => {
  test("is forgotten with the peer, and replies made before are then outdated", () => {
    const { book } = bookOf(EXTERNAL);
    book.learn(B, HELLO);
    const { version } = book;
    book.forget((nodeId) => nodeId === B);
    expect(book.endpoint(B, "external")).toMatchObject({ port: 7105 });
    expect(book.version).toBe(version);
    book.forget(() => false);
    expect(book.endpoint(B, "external")).toMatchObject({ host: "10.0.0.2", port: 7000 });
    expect(book.version).toBeGreaterThan(version);
  });
});

describe("cluster-preferred-endpoint-type", () => {
  test("hostname: the host name, or ? without one; a listener's own address stays", () => {
    const { book } = bookOf(`${EXTERNAL} --cluster-preferred-endpoint-type hostname`);
    expect(book.endpoint(A, "default").preferredHost).toBe("?");
    expect(book.endpoint(B, "default").preferredHost).toBe("two.example");
    expect(book.endpoint(A, "external").preferredHost).toBe("localhost");
  });

  test("unknown-endpoint: none, so that the client uses the host it knows", () => {
    const { book } = bookOf(`${EXTERNAL} --cluster-preferred-endpoint-type unknown-endpoint`);
    expect(book.endpoint(B, "default").preferredHost).toBeUndefined();
    expect(book.endpoint(A, "external")).toMatchObject({ port: 7101, preferredHost: undefined });
  });

  test("can be changed while running, and replies made before are then outdated", () => {
    const { book, config } = bookOf("");
    const { version } = book;
    config.set([["cluster-preferred-endpoint-type", "hostname"]]);
    expect(book.endpoint(B, "default").preferredHost).toBe("two.example");
    expect(book.version).toBeGreaterThan(version);
  });
});

describe("what a node announces", () => {
  test("is its default port, its host if told so, and its named addresses", () => {
    const { book } = bookOf(`${EXTERNAL} --cluster-announce-hostname one.example`);
    expect(book.hello("1.2.3")).toEqual({
      listeners: [
        { name: "default", host: "", port: 7000 },
        { name: "external", host: "localhost", port: 7101 },
      ],
      hostname: "one.example",
      version: "1.2.3",
    });
    expect(bookOf("--cluster-announce-ip ::1").book.hello("").listeners[0]?.host).toBe("::1");
  });

  test("is refused when the peers would not take it", () => {
    expect(() => bookOf("--cluster-announce-ip a,b").book.hello("")).toThrow(
      "cluster-announce-ip: 'a,b' is not an address or a host name",
    );
    const listeners = Array.from({ length: 16 }, (_, at) => `--listener n${at}=${8000 + at}`);
    const clients = listeners.map((_, at) => `--cluster-announce-client n${at}=h:${8000 + at}`);
    const { book } = bookOf([...listeners, ...clients].join(" "));
    expect(() => book.hello("")).toThrow(
      "cluster-announce-client: at most 15 names can be announced",
    );
  });
});
