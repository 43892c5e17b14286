import { describe, expect, test } from "vitest";
import { busListenHosts } from "./bus-listen-hosts.ts";
import { busSecret } from "./bus-secret.ts";

const LONG_ENOUGH = "0123456789abcdef";

describe("the secret of the bus", () => {
  test("is the one configured", () => {
    expect(busSecret({ secret: LONG_ENOUGH, hosts: ["10.0.0.1"] }).toString()).toBe(LONG_ENOUGH);
  });

  test.each([["127.0.0.1", "127.4.5.6"], ["::1", "localhost"], [""]])(
    "may be missing while all nodes are on loopback: %s",
    (...hosts) => {
      expect(busSecret({ secret: "", hosts }).length).toBeGreaterThan(16);
    },
  );

  test.each(["10.0.0.1", "node-1", "::", "127.0.0.1.example"])(
    "may not be missing with a node at %s",
    (remote) => {
      expect(() => busSecret({ secret: "", hosts: ["127.0.0.1", remote] })).toThrow(
        `cluster-secret: needed, since the node at ${remote} is not on this machine`,
      );
    },
  );

  test("may not be short, on loopback either", () => {
    expect(() => busSecret({ secret: "short", hosts: ["127.0.0.1"] })).toThrow(
      "cluster-secret: 5 characters are too few, the least is 16",
    );
  });
});

describe("the bus listens", () => {
  const any = ["*", "-::*"];

  test("on loopback only without a secret, whatever is bound", () => {
    const noSecret = { bind: any, hasSecret: false };
    expect(busListenHosts({ ...noSecret, ownHost: "127.0.0.1" })).toEqual(["127.0.0.1"]);
    expect(busListenHosts({ ...noSecret, ownHost: "::1" })).toEqual(["::1"]);
    expect(busListenHosts({ ...noSecret, ownHost: "" })).toEqual(["127.0.0.1"]);
  });

  test("everywhere when everywhere is bound, on IPv4 if there is no IPv6", () => {
    const options = { ownHost: "node-1", hasSecret: true };
    expect(busListenHosts({ ...options, bind: any })).toEqual(["::", "0.0.0.0"]);
    expect(busListenHosts({ ...options, bind: ["0.0.0.0"] })).toEqual(["0.0.0.0"]);
  });

  test("of several addresses on the one its peers know, else on the first", () => {
    const options = { bind: ["127.0.0.1", "-10.0.0.1"], hasSecret: true };
    expect(busListenHosts({ ...options, ownHost: "10.0.0.1" })).toEqual(["10.0.0.1"]);
    expect(busListenHosts({ ...options, ownHost: "node-1" })).toEqual(["127.0.0.1"]);
  });
});
