import { ascii, globMatches, type Bytes } from "@slotcast/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cohort, Subscriber, SubscriptionKind, Subscriptions } from "./cohort.ts";
import { Hub } from "./hub.ts";

// Goal: whoever shares with whom, every subscriber sees deliveries and its own replies in the order of execution.
// Method: the hub beside a model that keeps one list of bytes per subscriber and shares nothing.

const KINDS = ["channel", "pattern", "shardChannel"] as const;
const WORDS = { channel: "message", pattern: "pmessage", shardChannel: "smessage" } as const;
const SUBSCRIBERS = 5;

/** A connection without a socket: what would be written is kept. */
class Recorder implements Subscriber {
  out = "";
  protocol: 2 | 3 = 2;
  isHeld = false;
  isClosing = false;
  subscriptions: Subscriptions | undefined;
  cohort: Cohort | undefined;
  framesSeen = 0;
  received = "";
  isDirty = false;
  #heldBack = "";

  writeShared(bytes: Buffer): void {
    if (this.out !== "" || this.isHeld) throw new Error("written past its own output");
    this.received += bytes.latin1Slice();
  }

  markDirty(): void {
    this.isDirty = true;
  }

  spill(): void {
    this.#heldBack += this.out;
    this.out = "";
  }

  /** The end of the turn. */
  flush(): void {
    if (this.isHeld) return;
    if (this.out !== "" && !this.isDirty) throw new Error("output that nobody would write");
    this.received += this.#heldBack + this.out;
    this.#heldBack = "";
    this.out = "";
    this.isDirty = false;
  }
}

/** What a subscriber must see, without any sharing. */
class Expected {
  text = "";
  protocol: 2 | 3 = 2;
  readonly names = {
    channel: new Set<string>(),
    pattern: new Set<string>(),
    shardChannel: new Set<string>(),
  };

  get subscriptionCount(): number {
    return KINDS.reduce((sum, kind) => sum + this.names[kind].size, 0);
  }

  deliver(kind: SubscriptionKind, ...parts: readonly string[]): void {
    const all = [WORDS[kind], ...parts];
    const mark = this.protocol === 2 ? "*" : ">";
    this.text += `${mark}${all.length}\r\n${all.map((part) => `$${part.length}\r\n${part}\r\n`).join("")}`;
  }
}

class World {
  readonly interest: string[] = [];
  readonly hub = new Hub({
    interest: {
      added: (kind, name) => {
        this.interest.push(`+${kind} ${name}`);
      },
      removed: (kind, name) => {
        this.interest.push(`-${kind} ${name}`);
      },
    },
    schedule: () => {
      this.isScheduled = true;
    },
  });
  isScheduled = false;
  readonly recorders = Array.from({ length: SUBSCRIBERS }, () => new Recorder());
  readonly models = Array.from({ length: SUBSCRIBERS }, () => new Expected());
  /** Patterns somebody has, oldest first. */
  readonly patterns: string[] = [];

  recorder(index: number): Recorder {
    return this.recorders[index % SUBSCRIBERS] as Recorder; // below its length
  }

  model(index: number): Expected {
    return this.models[index % SUBSCRIBERS] as Expected; // below its length
  }

  /** As dispatch does it: what is owed so far comes first, then the command's reply. */
  reply(index: number, text: string): void {
    const recorder = this.recorder(index);
    recorder.out += text;
    recorder.markDirty();
    this.model(index).text += text;
  }

  begin(index: number): void {
    this.hub.sync(this.recorder(index));
  }

  subscribe(index: number, kind: SubscriptionKind, name: Bytes): void {
    const { names } = this.model(index);
    this.begin(index);
    const isNew = !names[kind].has(name);
    expect(this.hub.subscribe(this.recorder(index), kind, name)).toBe(isNew);
    names[kind].add(name);
    if (kind === "pattern" && !this.patterns.includes(name)) this.patterns.push(name);
    this.reply(index, `+subscribed ${name}\r\n`);
  }

  unsubscribe(index: number, kind: SubscriptionKind, name: Bytes): void {
    const { names } = this.model(index);
    this.begin(index);
    expect(this.hub.unsubscribe(this.recorder(index), kind, name)).toBe(names[kind].delete(name));
    this.forgetPattern(name);
    this.reply(index, `+unsubscribed ${name}\r\n`);
  }

  unsubscribeAll(index: number): void {
    this.begin(index);
    this.hub.unsubscribeAll(this.recorder(index));
    const { names } = this.model(index);
    for (const kind of KINDS) names[kind].clear();
    for (const pattern of [...this.patterns]) this.forgetPattern(pattern);
    this.reply(index, "+RESET\r\n");
  }

  forgetPattern(pattern: string): void {
    const isWanted = this.models.some(({ names }) => names.pattern.has(pattern));
    if (!isWanted && this.patterns.includes(pattern))
      this.patterns.splice(this.patterns.indexOf(pattern), 1);
  }

  changeProtocol(index: number, protocol: 2 | 3): void {
    const recorder = this.recorder(index);
    this.begin(index);
    this.hub.changeProtocol(recorder, () => {
      recorder.protocol = protocol;
    });
    this.model(index).protocol = protocol;
    this.reply(index, `+HELLO ${protocol}\r\n`);
  }

  /** By a connection that may be a subscriber itself: its own message follows the reply. */
  publish(by: number, kind: "channel" | "shardChannel", channel: Bytes, payload: Bytes): void {
    this.begin(by);
    const deliveries = this.hub.publish(kind, channel, payload);
    this.reply(by, `:${deliveries}\r\n`);
    let expected = 0;
    for (const model of this.models) {
      if (model.names[kind].has(channel)) {
        model.deliver(kind, channel, payload);
        expected += 1;
      }
      if (kind !== "channel") continue;
      for (const pattern of this.patterns) {
        if (!model.names.pattern.has(pattern) || !globMatches(ascii(pattern), channel)) continue;
        model.deliver("pattern", pattern, channel, payload);
        expected += 1;
      }
    }
    expect(deliveries).toBe(expected);
  }

  endTurn(): void {
    this.hub.flush();
    for (const recorder of this.recorders) recorder.flush();
    this.hub.writeShared();
  }

  check(): void {
    for (const [index, recorder] of this.recorders.entries()) {
      if (!recorder.isHeld) expect(recorder.received).toBe(this.model(index).text);
    }
    const counts = this.models.map(({ subscriptionCount }) => subscriptionCount);
    expect(this.hub.subscriberCount).toBe(counts.filter((count) => count > 0).length);
  }
}

const who = fc.nat(SUBSCRIBERS - 1);
const channel = fc.constantFrom("a", "b", "ab", "").map(ascii);
const pattern = fc.constantFrom("*", "a*", "?", "[ab]").map(ascii);
const payload = fc
  .oneof(fc.constantFrom("", "x", "\r\n\xff\0"), fc.string({ unit: "binary-ascii", maxLength: 30 }))
  .map(ascii);
const name = fc.oneof(
  fc.tuple(fc.constantFrom("channel" as const, "shardChannel" as const), channel),
  fc.tuple(fc.constant("pattern" as const), pattern),
);

type Operation = (world: World) => void;
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(who, name).map(([index, [kind, drawn]]) => (world: World) => {
      world.subscribe(index, kind, drawn);
    }),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(who, name).map(([index, [kind, drawn]]) => (world: World) => {
      world.unsubscribe(index, kind, drawn);
    }),
  },
  {
    weight: 12,
    arbitrary: fc
      .tuple(
        who,
        fc.constantFrom("channel" as const, "channel" as const, "shardChannel" as const),
        channel,
        payload,
      )
      .map(([by, kind, drawn, text]) => (world: World) => {
        world.publish(by, kind, drawn, text);
      }),
  },
  {
    weight: 3,
    arbitrary: who.map((index) => (world: World) => {
      world.begin(index);
      world.reply(index, "+PONG\r\n");
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(who, fc.constantFrom(2 as const, 3 as const))
      .map(([index, protocol]) => (world: World) => {
        world.changeProtocol(index, protocol);
      }),
  },
  {
    weight: 1,
    arbitrary: who.map((index) => (world: World) => {
      world.unsubscribeAll(index);
    }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(who, fc.boolean()).map(([index, isHeld]) => (world: World) => {
      world.recorder(index).isHeld = isHeld;
      world.recorder(index).markDirty();
    }),
  },
  {
    weight: 4,
    arbitrary: fc.constant((world: World) => {
      world.endTurn();
      world.check();
    }),
  },
);

describe("the order of execution", () => {
  test("is what every subscriber sees, with sets shared and not, patterns, and replies in between", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120, size: "max" }), (operations) => {
        const world = new World();
        for (const run of operations) run(world);
        for (const recorder of world.recorders) {
          recorder.isHeld = false;
          recorder.markDirty();
        }
        world.endTurn();
        world.check();
      }),
      { numRuns: 600 },
    );
  });

  test("is kept for subscribers that share a set from the start", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80, size: "max" }), (operations) => {
        const world = new World();
        for (let index = 0; index < SUBSCRIBERS; index += 1) {
          for (const drawn of ["a", "b", "ab"]) world.subscribe(index, "channel", ascii(drawn));
        }
        world.endTurn();
        for (const run of operations) run(world);
        for (const recorder of world.recorders) recorder.isHeld = false;
        for (const recorder of world.recorders) recorder.markDirty();
        world.endTurn();
        world.check();
      }),
      { numRuns: 300 },
    );
  });
});

describe("subscribers with equal sets", () => {
  function sharing(): World {
    const world = new World();
    for (const index of [0, 1, 2]) world.subscribe(index, "channel", ascii("a"));
    world.subscribe(3, "channel", ascii("b"));
    world.endTurn();
    return world;
  }

  test("share one cohort, and the same bytes", () => {
    const world = sharing();
    expect(world.recorder(0).cohort).toBe(world.recorder(1).cohort);
    expect(world.recorder(0).cohort).not.toBe(world.recorder(3).cohort);
    const written: Buffer[] = [];
    for (const index of [0, 1, 2]) {
      world.recorder(index).writeShared = (bytes) => {
        written.push(bytes);
      };
    }
    world.hub.publish("channel", ascii("a"), ascii("x"));
    world.endTurn();
    expect(written).toHaveLength(3);
    expect(new Set(written).size).toBe(1);
  });

  test("part when one of them changes its set, and meet again when the sets are equal again", () => {
    const world = sharing();
    world.subscribe(1, "pattern", ascii("*"));
    expect(world.recorder(1).cohort).not.toBe(world.recorder(0).cohort);
    world.unsubscribe(1, "pattern", ascii("*"));
    world.endTurn();
    expect(world.recorder(1).cohort).toBe(world.recorder(0).cohort);
  });
});

describe("interest", () => {
  test("is announced with the first subscriber of a name and withdrawn with the last", () => {
    const world = new World();
    world.subscribe(0, "channel", ascii("a"));
    world.subscribe(1, "channel", ascii("a"));
    world.subscribe(1, "channel", ascii("a"));
    world.unsubscribe(0, "channel", ascii("a"));
    expect(world.interest).toEqual(["+channel a"]);
    world.unsubscribeAll(1);
    world.subscribe(2, "pattern", ascii("a"));
    expect(world.interest).toEqual(["+channel a", "-channel a", "+pattern a"]);
  });
});

test("nobody is left behind when the last subscriber goes", () => {
  const world = new World();
  for (const kind of KINDS) world.subscribe(0, kind, ascii("a"));
  world.unsubscribeAll(0);
  for (const kind of KINDS) {
    expect([...world.hub.names(kind)]).toEqual([]);
    expect(world.hub.subscribersOf(kind, ascii("a"))).toBe(0);
  }
  expect(world.recorder(0).cohort).toBe(undefined);
  expect(world.hub.publish("channel", ascii("a"), ascii("x"))).toBe(0);
});

/** Counts what it is sent, and finds where a message begins. */
class Counter extends Recorder {
  bytes = 0;
  messages = 0;

  override writeShared(bytes: Buffer): void {
    this.#count(bytes.latin1Slice());
  }

  override spill(): void {
    this.#count(this.out);
    this.out = "";
  }

  override flush(): void {
    this.spill();
  }

  #count(text: string): void {
    this.bytes += text.length;
    this.messages += text.split("*3\r\n").length - 1;
  }
}

test("one turn delivers more than a string can hold, and holds back only a part of it", () => {
  const { hub } = new World();
  const counters = [new Counter(), new Counter()];
  for (const counter of counters) hub.subscribe(counter, "channel", ascii("big"));
  const large = ascii("x".repeat(8 * 1024 * 1024));
  const messages = 72; // 576 MB: V8 ends a string at 512
  for (let at = 0; at < messages; at += 1) {
    hub.publish("channel", ascii("big"), large);
    const delivered = Math.max(...counters.map(({ bytes, out }) => bytes + out.length));
    expect(at * large.length - delivered).toBeLessThan(3 * 16 * 1024 * 1024);
  }
  hub.flush();
  hub.writeShared();
  for (const counter of counters) {
    counter.flush();
    expect(counter.messages).toBe(messages);
  }
});
