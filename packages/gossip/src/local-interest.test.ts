import { ascii, type Bytes } from "@slotcast/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { channelHash } from "./channel-hash.ts";
import type { ControlMessage } from "./control-messages.ts";
import { INTEREST_ACK_TIMEOUT_MS, INTEREST_PATTERNS_MAX } from "./limits.ts";
import { LocalInterest } from "./local-interest.ts";
import { PeerInterest } from "./peer-interest.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const news = ascii("news");

function learn(peer: PeerInterest, messages: readonly ControlMessage[]): void {
  for (const message of messages) {
    if (message.name === "interestFull") peer.replace(message.body);
    else if (message.name === "interestAdd") peer.add(message.body);
    else if (message.name === "interestRemove") peer.remove(message.body);
  }
}

function connected(...peerIds: string[]): LocalInterest {
  const interest = new LocalInterest({ onAcknowledged: () => undefined });
  for (const peerId of peerIds) interest.peerConnected(peerId);
  return interest;
}

test("the channel hash is FNV-1a, as published", () => {
  expect(["", "a", "foobar", "news"].map((text) => channelHash(ascii(text)))).toEqual([
    0x811c9dc5, 0xe40c292c, 0xbf9cf968, 0x4bc7bc46,
  ]);
});

describe("what must be awaited", () => {
  test("nothing while nobody is connected", () => {
    const interest = connected();
    expect(interest.addChannel(news)).toBe(0);
    expect(interest.takeIncrements(0)).toHaveLength(1);
    expect(interest.acknowledgedSeq).toBe(1);
  });

  test("a new channel waits for every connected peer, and a pending one for the same number", () => {
    let fired = 0;
    const interest = new LocalInterest({ onAcknowledged: () => (fired += 1) });
    interest.peerConnected(A);
    interest.peerConnected(B);
    expect(interest.addChannel(news)).toBe(1);
    expect(interest.addChannel(news)).toBe(1);
    expect(interest.takeIncrements(0)).toEqual([
      { name: "interestAdd", body: { seq: 1, channels: [channelHash(news)] } },
    ]);
    expect(interest.addChannel(news)).toBe(1);
    interest.peerAcknowledged(A, 1, 0);
    expect([interest.acknowledgedSeq, fired]).toEqual([0, 0]);
    interest.peerAcknowledged(B, 1, 0);
    expect([interest.acknowledgedSeq, fired]).toEqual([1, 1]);
    expect(interest.addChannel(news)).toBe(0);
  });

  test("a peer that goes is not waited for, and one that comes holds nothing up", () => {
    const interest = connected(A, B);
    interest.addChannel(news);
    interest.takeIncrements(0);
    interest.peerAcknowledged(A, 1, 0);
    interest.peerGone(B);
    expect(interest.acknowledgedSeq).toBe(1);
    interest.peerConnected(B);
    expect(interest.acknowledgedSeq).toBe(1);
    expect(interest.addChannel(ascii("other"))).toBe(2);
  });

  test("a number that was promised comes, even when the channel is gone again within the turn", () => {
    const interest = connected(A);
    expect(interest.addChannel(news)).toBe(1);
    interest.removeChannel(news);
    expect(interest.takeIncrements(0)).toEqual([
      { name: "interestAdd", body: { seq: 1, channels: [] } },
    ]);
  });

  test("an acknowledgement from the past or the future changes nothing", () => {
    const interest = connected(A);
    interest.addChannel(news);
    interest.takeIncrements(0);
    interest.peerAcknowledged(A, 99, 0);
    interest.peerAcknowledged(B, 1, 0);
    expect(interest.acknowledgedSeq).toBe(0);
  });

  test("a peer is overdue when it has not acknowledged in time, and every step forward gives it more", () => {
    const interest = connected(A);
    interest.addChannel(news);
    interest.takeIncrements(1000);
    interest.addChannel(ascii("other"));
    interest.takeIncrements(1100);
    expect(interest.overdue(1000 + INTEREST_ACK_TIMEOUT_MS - 1)).toEqual([]);
    expect(interest.overdue(1000 + INTEREST_ACK_TIMEOUT_MS)).toEqual([A]);
    interest.peerAcknowledged(A, 1, 2000);
    expect(interest.overdue(2000 + INTEREST_ACK_TIMEOUT_MS - 1)).toEqual([]);
    expect(interest.overdue(2000 + INTEREST_ACK_TIMEOUT_MS)).toEqual([A]);
    interest.peerAcknowledged(A, 2, 2500);
    expect(interest.overdue(99_999)).toEqual([]);
  });
});

describe("what is announced", () => {
  test("one increment for each turn: what came first, then what went", () => {
    const interest = connected(A);
    interest.addChannel(ascii("old"));
    interest.takeIncrements(0);
    interest.removeChannel(ascii("old"));
    interest.addChannel(news);
    expect(interest.takeIncrements(0)).toEqual([
      { name: "interestAdd", body: { seq: 2, channels: [channelHash(news)] } },
      { name: "interestRemove", body: { seq: 3, channels: [channelHash(ascii("old"))] } },
    ]);
    expect(interest.takeIncrements(0)).toEqual([]);
  });

  test("one of two channels with one hash can go without the other", () => {
    // A known FNV-1a collision.
    const [one, two] = [ascii("costarring"), ascii("liquid")];
    expect(channelHash(one)).toBe(channelHash(two));
    const interest = connected(A);
    interest.addChannel(one);
    interest.addChannel(two);
    interest.takeIncrements(0);
    interest.removeChannel(one);
    expect(interest.takeIncrements(0)).toEqual([]);
    interest.removeChannel(two);
    expect(interest.takeIncrements(0)).toHaveLength(1);
  });

  test("too many patterns are announced as everything, and fewer one by one again", () => {
    const interest = connected(A);
    const peer = new PeerInterest();
    learn(peer, [interest.full()]);
    const patterns = Array.from({ length: INTEREST_PATTERNS_MAX + 1 }, (_, index) =>
      ascii(`p${index}.*`),
    );
    for (const pattern of patterns) expect(interest.addPattern(pattern)).toBe(1);
    learn(peer, interest.takeIncrements(0));
    expect(peer.wants(news, channelHash(news))).toBe(true);
    interest.peerAcknowledged(A, 1, 0);
    // Covered by "everything": nobody has to be asked.
    expect(interest.addPattern(ascii("more*"))).toBe(0);
    expect(interest.addChannel(ascii("a channel"))).toBe(0);
    interest.removePattern(ascii("p0.*"));
    interest.removePattern(ascii("more*"));
    learn(peer, interest.takeIncrements(0));
    expect(peer.wants(news, channelHash(news))).toBe(false);
    expect(peer.wants(ascii("p1.x"), 0)).toBe(true);
    expect(peer.wants(ascii("p0.x"), 0)).toBe(false);
    const channel = ascii("a channel");
    expect(peer.wants(channel, channelHash(channel))).toBe(true);
  });

  test("too many channels are announced as everything, and few enough as a new digest", () => {
    const channelsMax = 100;
    const interest = new LocalInterest({ onAcknowledged: () => undefined, channelsMax });
    interest.peerConnected(A);
    const peer = new PeerInterest();
    learn(peer, [interest.full()]);
    const channels = Array.from({ length: channelsMax + 10 }, (_, index) =>
      ascii(`channel ${index}`),
    );
    for (const channel of channels) interest.addChannel(channel);
    const [message, ...others] = interest.takeIncrements(0);
    expect(message).toEqual({
      name: "interestFull",
      body: { seq: 1, channels: [], patterns: "everything" },
    });
    expect(others).toEqual([]);
    learn(peer, message === undefined ? [] : [message]);
    interest.peerAcknowledged(A, 1, 0);
    expect(interest.addChannel(ascii("one more"))).toBe(0);
    expect(interest.takeIncrements(0)).toEqual([]);
    for (const channel of channels.slice(2)) interest.removeChannel(channel);
    learn(peer, interest.takeIncrements(0));
    expect(peer.wants(news, channelHash(news))).toBe(false);
    for (const channel of [...channels.slice(0, 2), ascii("one more")]) {
      expect(peer.wants(channel, channelHash(channel))).toBe(true);
      expect(interest.addChannel(channel)).toBe(0);
    }
  });
});

test("a peer that knows nothing wants everything, and again when it is forgotten", () => {
  const peer = new PeerInterest();
  expect(peer.wants(news, channelHash(news))).toBe(true);
  peer.replace({ seq: 1, channels: [], patterns: [] });
  expect([peer.isKnown, peer.wants(news, channelHash(news))]).toEqual([true, false]);
  peer.forget();
  expect([peer.isKnown, peer.wants(news, channelHash(news))]).toEqual([false, true]);
});

test("a peer always wants what a subscriber was told that he gets, however things come and go", () => {
  const channels = ["a", "b", "c", "costarring", "liquid"].map(ascii);
  const patterns = ["a*", "?", "liq*"].map(ascii);
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom("toggleChannel" as const), index: fc.nat({ max: 4 }) }),
    fc.record({ do: fc.constantFrom("togglePattern" as const), index: fc.nat({ max: 2 }) }),
    fc.record({
      do: fc.constantFrom("flush" as const, "reconnect" as const),
      index: fc.constant(0),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const interest = connected(A);
      const peer = new PeerInterest();
      learn(peer, [interest.full()]);
      const awaited = new Map<Bytes, number>();
      for (const { do: action, index } of steps) {
        const channel = channels[index] ?? news;
        const pattern = patterns[index] ?? news;
        if (action === "toggleChannel") {
          if (awaited.delete(channel)) interest.removeChannel(channel);
          else awaited.set(channel, interest.addChannel(channel));
        } else if (action === "togglePattern") {
          if (awaited.delete(pattern)) interest.removePattern(pattern);
          else awaited.set(pattern, interest.addPattern(pattern));
        } else if (action === "flush") {
          for (const message of interest.takeIncrements(0)) {
            learn(peer, [message]);
            if (message.name === "interestAdd" || message.name === "interestRemove") {
              interest.peerAcknowledged(A, message.body.seq, 0);
            }
          }
        } else {
          interest.peerGone(A);
          peer.forget();
          learn(peer, [interest.full()]);
          interest.peerConnected(A);
        }
        for (const [name, seq] of awaited) {
          if (seq > interest.acknowledgedSeq) continue;
          const example = name === "a*" ? ascii("ax") : name === "liq*" ? ascii("liqx") : name;
          expect(peer.wants(example, channelHash(example))).toBe(true);
        }
      }
      for (const message of interest.takeIncrements(0)) learn(peer, [message]);
      const idle = ascii("nobody");
      expect(peer.wants(idle, channelHash(idle))).toBe(false);
    }),
    { numRuns: 2000 },
  );
});
