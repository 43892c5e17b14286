import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Party, Socket, SocketEvents } from "./connection.ts";
import { Network } from "./network.ts";
import type { Packet } from "./packet.ts";
import { SeededRandom } from "./seeded-random.ts";
import { VirtualClock } from "./virtual-clock.ts";

// Goal: what a link promises holds whatever the network does: in order, once, or not at all after it ended.

class TestParty implements Party {
  readonly host: number;
  isAlive = true;
  readonly received: number[] = [];
  closed = 0;
  accepted: Socket | undefined;
  #asleep: (() => void)[] | undefined;

  constructor(host: number) {
    this.host = host;
  }

  whenAwake(run: () => void): void {
    if (!this.isAlive) return;
    if (this.#asleep === undefined) run();
    else this.#asleep.push(run);
  }

  sleep(): void {
    this.#asleep = [];
  }

  wake(): void {
    const due = this.#asleep ?? [];
    this.#asleep = undefined;
    for (const run of due) run();
  }

  accept({ socket }: { socket: Socket }): SocketEvents {
    this.accepted = socket;
    return this.events;
  }

  get events(): SocketEvents {
    return {
      received: (incoming) => {
        if (incoming.kind === "answers") this.received.push(Number(incoming.text));
      },
      closed: () => {
        this.closed += 1;
      },
    };
  }
}

function packet(id: number): Packet {
  return { kind: "answers", text: `${id}` };
}

function world(seed = 1) {
  const clock = new VirtualClock();
  const network = new Network({
    clock,
    random: new SeededRandom(seed),
    weather: { latencyMs: 1, jitterMs: 20, lateRate: 0.1, lateMs: 100 },
    watch: { delivered: () => {}, ended: () => {}, mayPass: () => true },
    dialEnded: () => {},
  });
  const here = new TestParty(0);
  const there = new TestParty(1);
  network.listen(here);
  network.listen(there);
  return { clock, network, here, there };
}

function dial(from: TestParty, to: number, network: Network) {
  const outcome: { socket: Socket | undefined; ended: string } = { socket: undefined, ended: "" };
  network.dial({
    from,
    to,
    kind: "data",
    events: {
      opened: (socket) => {
        outcome.socket = socket;
        return from.events;
      },
      refused: () => {
        outcome.ended = "refused";
      },
      failed: () => {
        outcome.ended = "failed";
      },
    },
  });
  return outcome;
}

describe("a dial", () => {
  test("is refused by a machine whose process is dead, and not answered by one that is off", () => {
    const { clock, network, here, there } = world();
    there.isAlive = false;
    network.partyDied(there, { isSilent: false });
    const dead = dial(here, 1, network);
    clock.runUntil(200);
    expect(dead.ended).toBe("refused");
    network.partyDied(there, { isSilent: true });
    const off = dial(here, 1, network);
    clock.runUntil(900);
    expect(off.ended).toBe("");
    clock.runUntil(2000);
    expect(off.ended).toBe("failed");
  });

  test("waits for a process that is stopped, and is given up after a while", () => {
    const { clock, network, here, there } = world();
    there.sleep();
    const outcome = dial(here, 1, network);
    clock.runUntil(3000);
    expect(outcome.ended).toBe("failed");
    there.wake();
    clock.runUntil(4000);
    expect(outcome.socket).toBeUndefined();
  });
});

describe("a connection", () => {
  test("keeps its order and loses nothing, however the way is cut for a moment", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.tuple(fc.nat(500), fc.nat(300)), { maxLength: 6 }),
        (seed, cuts) => {
          const { clock, network, here, there } = world(seed);
          const { socket } = opened(here, network, clock);
          for (let id = 0; id < 100; id += 1) clock.after(id * 5, () => socket.send(packet(id)));
          for (const [afterMs, forMs] of cuts) {
            clock.after(afterMs, () => network.cut(0, 1));
            clock.after(afterMs + forMs, () => network.heal(0, 1));
          }
          clock.runUntil(10_000);
          expect(there.received).toEqual(Array.from({ length: 100 }, (_, id) => id));
        },
      ),
      { numRuns: 50 },
    );
  });

  test("is given up by who sends into a way that stays cut; the other side hears of it when it is free", () => {
    const { clock, network, here, there } = world();
    const { socket } = opened(here, network, clock);
    network.cut(0, 1);
    socket.send(packet(1));
    clock.runUntil(10_000);
    expect([here.closed, there.closed]).toEqual([1, 0]);
    network.heal(0, 1);
    clock.runUntil(11_000);
    expect(there.closed).toBe(1);
  });

  test("ends for the peer of a killed process, after what that had sent", () => {
    const { clock, network, here, there } = world();
    const { socket } = opened(here, network, clock);
    socket.send(packet(1));
    here.isAlive = false;
    network.partyDied(here, { isSilent: false });
    clock.runUntil(1000);
    expect(there.received).toEqual([1]);
    expect(there.closed).toBe(1);
  });

  test("with a machine that lost power ends when that is on again, and something is sent", () => {
    const { clock, network, here, there } = world();
    const { socket } = opened(here, network, clock);
    there.isAlive = false;
    network.partyDied(there, { isSilent: true });
    clock.runUntil(500);
    socket.send(packet(1));
    clock.runUntil(1000);
    expect(here.closed).toBe(0);
    network.powerOn(1);
    clock.runUntil(2500);
    expect(here.closed).toBe(1);
    expect(there.received).toEqual([]);
  });

  test("that was reset delivers nothing more, and both sides hear it once", () => {
    const { clock, network, here, there } = world();
    const { socket } = opened(here, network, clock);
    socket.send(packet(1));
    network.reset(here);
    clock.runUntil(1000);
    expect(there.received).toEqual([]);
    expect([here.closed, there.closed]).toEqual([1, 1]);
  });
});

function opened(here: TestParty, network: Network, clock: VirtualClock): { socket: Socket } {
  const outcome = dial(here, 1, network);
  clock.runUntil(clock.nowMs + 900);
  const { socket } = outcome;
  if (socket === undefined) throw new Error("not opened");
  return { socket };
}
