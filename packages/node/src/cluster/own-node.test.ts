import { EMPTY } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load-config.ts";
import { ownBusPort, ownHost, ownNode } from "./own-node.ts";
import { founded, id, nodeFact } from "./test-facts.ts";

function configOf(flags: string): Config {
  return loadConfig({ argv: flags.split(" "), env: {}, cwd: "/", readStdin: () => EMPTY });
}

const WHO = { self: { nodeId: id("a1"), incarnation: 4 }, shardId: id("5000a") };

describe("a node that says who it is", () => {
  test("does not know its address by itself: whoever meets it tells", () => {
    expect(ownNode(configOf("--port 7000"), WHO)).toEqual({
      id: id("a1"),
      host: "",
      port: 7000,
      busPort: 17_000,
      hostname: "",
      name: "",
      incarnation: 4,
      shardId: id("5000a"),
    });
  });

  test("announces what it was told to", () => {
    const announce = "--port 7000 --cluster-announce-ip 192.0.2.1 --cluster-announce-port 9000";
    const names = "--cluster-announce-hostname h.example --cluster-announce-human-nodename one";
    expect(ownNode(configOf(`${announce} ${names}`), WHO)).toMatchObject({
      host: "192.0.2.1",
      port: 9000,
      // Where it listens: only the client port is another one outside.
      busPort: 17_000,
      hostname: "h.example",
      name: "one",
    });
    const bus = "--port 7000 --cluster-port 7500 --cluster-announce-bus-port 9500";
    expect(ownNode(configOf(bus), WHO).busPort).toBe(9500);
    expect(ownNode(configOf("--port 7000 --cluster-port 7500"), WHO).busPort).toBe(7500);
  });

  test.each([
    ["--port 0", /^port: a node of a cluster needs one/],
    ["--port 7000 --cluster-announce-ip a,b", "cluster-announce-ip: 'a,b' is not an address"],
    ["--port 60000", /port/],
  ])("cannot with %s", (flags, message) => {
    expect(() => ownNode(configOf(flags), WHO)).toThrow(message);
  });

  test("may be on a port that only others know", () => {
    const flags = "--port 0 --cluster-port 17000 --cluster-announce-port 9000";
    expect(ownNode(configOf(flags), WHO)).toMatchObject({ port: 9000, busPort: 17_000 });
  });
});

test("the bus listens 10,000 above the clients' port, or where it was told to", () => {
  expect(ownBusPort(configOf("--port 7000"))).toBe(17_000);
  expect(ownBusPort(configOf("--port 7000 --cluster-port 7777"))).toBe(7777);
});

describe("the host of a node", () => {
  const facts = founded(nodeFact("a1", { host: "10.0.0.1" }));

  test("is the announced one, then the one by which it is known, then a loopback address that it binds", () => {
    expect(ownHost(configOf("--cluster-announce-ip 192.0.2.1"), facts, id("a1"))).toBe("192.0.2.1");
    expect(ownHost(configOf("--bind 127.0.0.5"), facts, id("a1"))).toBe("10.0.0.1");
    expect(ownHost(configOf("--bind 127.0.0.5"), undefined, id("a1"))).toBe("127.0.0.5");
    expect(ownHost(configOf("--bind 127.0.0.5"), facts, id("b1"))).toBe("127.0.0.5");
  });

  test("is not known otherwise: an address of the machine may be one of several", () => {
    expect(ownHost(configOf("--bind 10.0.0.9"), undefined, id("a1"))).toBe("");
  });
});
