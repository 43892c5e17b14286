import { BusProtocolError, type DataLink } from "@slotcast/gossip";
import { beforeEach, describe, expect, test } from "vitest";
import { encodeFrame, type ReplicationFrame } from "../replication/frames.ts";
import { DataLinks } from "./data-links.ts";
import { id } from "./test-facts.ts";

// Goal: replication talks over one link with each node at a time, and over which one follows from this node's part.

const ACK: ReplicationFrame = {
  kind: "ack",
  shardId: id("5000a"),
  epoch: 1,
  incarnation: 1,
  offset: 0,
};

let isPrimary = false;
let events: string[] = [];
let links: DataLinks;

beforeEach(() => {
  isPrimary = false;
  events = [];
  links = new DataLinks({
    isPrimary: () => isPrimary,
    linked: (nodeId) => events.push(`linked ${nodeId.slice(-2)}`),
    unlinked: (nodeId) => events.push(`unlinked ${nodeId.slice(-2)}`),
    received: (nodeId, frame) => events.push(`${frame.kind} of ${nodeId.slice(-2)}`),
    drained: () => events.push("drained"),
  });
});

interface TestLink {
  readonly link: DataLink;
  isClosed: boolean;
}

function linkWith(name: string, direction: "to" | "from"): TestLink {
  const made = { isClosed: false };
  const close = (): void => {
    made.isClosed = true;
    links.down(link);
  };
  const link = { peerId: id(name), direction, close } as unknown as DataLink; // nothing else is used
  return Object.assign(made, { link });
}

function takeEvents(): string[] {
  return events.splice(0);
}

describe("a data link", () => {
  test("counts for a replica when it dialled it, and for a primary when the other did", () => {
    const [to, from] = [linkWith("a1", "to"), linkWith("a1", "from")];
    links.up(from.link);
    expect([takeEvents(), links.to(id("a1"))]).toEqual([[], undefined]);
    links.up(to.link);
    expect([takeEvents(), links.to(id("a1"))]).toEqual([["linked a1"], to.link]);
    isPrimary = true;
    links.review();
    expect(takeEvents()).toEqual(["unlinked a1", "linked a1"]);
    expect(links.to(id("a1"))).toBe(from.link);
    links.review();
    expect(takeEvents()).toEqual([]);
  });

  test("that does not count is not heard", () => {
    const [to, from] = [linkWith("a1", "to"), linkWith("a1", "from")];
    links.up(to.link);
    links.up(from.link);
    takeEvents();
    links.received(from.link, encodeFrame(ACK));
    expect(takeEvents()).toEqual([]);
    links.received(to.link, encodeFrame(ACK));
    expect(takeEvents()).toEqual(["ack of a1"]);
  });

  test("voids the one before, whose end then means nothing", () => {
    const [old, other] = [linkWith("a1", "to"), linkWith("a1", "to")];
    links.up(old.link);
    links.up(other.link);
    expect(takeEvents()).toEqual(["linked a1", "unlinked a1", "linked a1"]);
    links.received(old.link, encodeFrame(ACK));
    links.down(old.link);
    expect([takeEvents(), links.to(id("a1"))]).toEqual([[], other.link]);
    links.down(other.link);
    expect([takeEvents(), links.to(id("a1"))]).toEqual([["unlinked a1"], undefined]);
  });

  test("is one of each node", () => {
    links.up(linkWith("a1", "to").link);
    links.up(linkWith("b1", "to").link);
    expect(takeEvents()).toEqual(["linked a1", "linked b1"]);
    links.drained();
    expect(takeEvents()).toEqual(["drained"]);
  });

  test("with bytes that are no frame is the peer's fault", () => {
    const { link } = linkWith("a1", "to");
    links.up(link);
    expect(() => {
      links.received(link, Buffer.from([255]));
    }).toThrow(BusProtocolError);
  });

  test("ends with the rest of them, and nobody is told", () => {
    const both = [linkWith("a1", "to"), linkWith("a1", "from")];
    for (const { link } of both) links.up(link);
    takeEvents();
    links.closeAll();
    expect(both.map(({ isClosed }) => isClosed)).toEqual([true, true]);
    expect([takeEvents(), links.to(id("a1"))]).toEqual([[], undefined]);
  });
});
