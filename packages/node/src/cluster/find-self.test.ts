import { describe, expect, test } from "vitest";
import type { NodeRecord } from "../config/nodes-file.ts";
import { findSelf, type SelfHints } from "./find-self.ts";

const BLANK: NodeRecord = {
  id: "",
  host: "",
  port: 7000,
  busPort: 17_000,
  hostname: "",
  nodename: "",
  flags: ["master"],
  primaryId: undefined,
  epoch: 1,
  slots: [],
  announced: [],
  aux: {},
};
const ONE: NodeRecord = { ...BLANK, id: "1", host: "node-1", nodename: "first" };
const TWO: NodeRecord = { ...BLANK, id: "2", host: "10.0.0.2", hostname: "two.example" };
const THREE: NodeRecord = { ...BLANK, id: "3", host: "10.0.0.2", port: 7002 };
const NODES = [ONE, TWO, THREE];
const NO_HINTS: SelfHints = { names: ["", ""], port: 7000, bind: ["*", "-::*"] };

function find(nodes: readonly NodeRecord[], hints: Partial<SelfHints> = {}): string {
  return findSelf(nodes, { ...NO_HINTS, ...hints, path: "/data/nodes.conf" }).id;
}

describe("this node's line in the nodes file", () => {
  test("is the one flagged myself, whatever the configuration says", () => {
    const flagged: NodeRecord = { ...TWO, flags: ["myself", "master"] };
    expect(find([ONE, flagged, THREE], { names: ["first"], port: 7002 })).toBe("2");
  });

  test("else the one with the announced name: nodename, hostname or the host itself", () => {
    expect(find(NODES, { names: ["first", ""] })).toBe("1");
    expect(find(NODES, { names: ["", "two.example"] })).toBe("2");
    expect(find(NODES, { names: ["", "node-1"] })).toBe("1");
  });

  test("else the one with this port", () => {
    expect(find(NODES, { port: 7002 })).toBe("3");
  });

  test("else the one with this port at an address this node binds", () => {
    expect(find(NODES, { bind: ["127.0.0.1", "-10.0.0.2"] })).toBe("2");
  });

  test("a name that is in no line is an error, not a reason to guess by port", () => {
    expect(() => find(NODES, { names: ["fourth"], port: 7002 })).toThrow(
      "cluster-config-file: none of the 3 nodes is this one (named fourth, in /data/nodes.conf): flag its line `myself`, or give cluster-announce-hostname or cluster-announce-human-nodename the name in its line",
    );
  });

  test("two lines that fit are an error", () => {
    expect(() => find(NODES)).toThrow(
      /^cluster-config-file: 2 nodes could be this one \(port 7000/,
    );
  });
});
