import { ascii, own, type Bytes } from "@slotcast/protocol";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Bus } from "./bus.ts";
import type { BusCallbacks, BusOptions } from "./bus-options.ts";
import type { Hello } from "./control-messages.ts";
import type { DataLink } from "./data-traffic.ts";
import { LINK_KINDS, type LinkKind, type PlainFrameName } from "./frame-types.ts";
import type { PeerAddress } from "./mesh.ts";
import type { Stranger } from "./strangers.ts";

/** For tests: real buses on loopback ports, and a cable between them that can be pinched. */

export const SECRET = Buffer.from("a secret of the test cluster", "latin1");

export function nodeId(digit: string): string {
  return digit.repeat(40);
}

export function helloOf(digit: string): Hello {
  const listeners = [{ name: "default", host: "127.0.0.1", port: 7000 + Number(digit) }];
  return { listeners, hostname: "", version: "0.1.0" };
}

/** Waits for something to become true, looking every few milliseconds. Throws after `withinMs`. */
export async function until(
  what: string,
  condition: () => boolean,
  { withinMs = 5000 }: { readonly withinMs?: number } = {},
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

interface TestCallbacks {
  /** In place of those that remember. */
  readonly callbacks?: Partial<BusCallbacks>;
}

/** A frame of control, as the bus handed it over. */
interface HeardFrame {
  readonly from: string;
  readonly frame: PlainFrameName;
  readonly plain: unknown;
}

/** A bus that remembers what it heard. */
export class TestBus implements AsyncDisposable {
  readonly id: string;
  readonly bus: Bus;
  readonly heard: { readonly channel: Bytes; readonly payload: Bytes }[] = [];
  /** By `onPublishShard`. */
  readonly heardOfShard: { readonly channel: Bytes; readonly payload: Bytes }[] = [];
  readonly hellos = new Map<string, Hello>();
  readonly log: { readonly message: string; readonly reason: unknown }[] = [];
  /** How often `onInterestAcknowledged` fired. */
  acknowledgements = 0;
  /** Frames of members, and of strangers. */
  readonly control: HeardFrame[] = [];
  readonly strange: HeardFrame[] = [];
  readonly strangersUp: Stranger[] = [];
  /** Why meetings failed, and why links with strangers ended. */
  readonly meetFailures: string[] = [];
  readonly strangersDown: string[] = [];
  /** Data links that are up; what came on data links, by the peer's id. */
  readonly dataLinks = new Set<DataLink>();
  readonly data: { readonly from: string; readonly text: string }[] = [];
  drains = 0;
  readonly refused: string[] = [];
  readonly peersHeard = new Set<string>();
  port = 0;

  constructor(
    digit: string,
    { callbacks, ...options }: Partial<Omit<BusOptions, "callbacks">> & TestCallbacks = {},
  ) {
    this.id = nodeId(digit);
    const log = (fields: Record<string, unknown>, message: string): void => {
      this.log.push({ message, reason: fields["reason"] });
    };
    this.bus = new Bus({
      selfId: this.id,
      secret: SECRET,
      hello: helloOf(digit),
      nowMs: Date.now,
      random: () => 0,
      logger: { debug: log, info: log, warn: log },
      callbacks: {
        onPublish: (channel, payload) => {
          this.heard.push({ channel: own(channel), payload: own(payload) });
        },
        onPublishShard: (channel, payload) => {
          this.heardOfShard.push({ channel: own(channel), payload: own(payload) });
        },
        onPeerHello: (peerId, hello) => {
          this.hellos.set(peerId, hello);
        },
        onInterestAcknowledged: () => {
          this.acknowledgements += 1;
        },
        onControl: (from, frame, plain) => {
          this.control.push({ from, frame, plain });
        },
        mayJoin: () => true,
        onStranger: ({ nodeId: from }, frame, plain) => {
          this.strange.push({ from, frame, plain });
        },
        onStrangerUp: (stranger) => {
          this.strangersUp.push(stranger);
        },
        onStrangerDown: (_, reason) => {
          this.strangersDown.push(reason);
        },
        onMeetFailed: (_, reason) => {
          this.meetFailures.push(reason);
        },
        onDataUp: (link) => {
          this.dataLinks.add(link);
        },
        onDataDown: (link) => {
          this.dataLinks.delete(link);
        },
        onData: ({ peerId: from }, body) => {
          this.data.push({ from, text: body.toString("latin1") });
        },
        onDataDrain: () => {
          this.drains += 1;
        },
        onPeerRefused: (peerId) => {
          this.refused.push(peerId);
        },
        onPeerHeard: (peerId) => {
          this.peersHeard.add(peerId);
        },
        ...callbacks,
      },
      ...options,
    });
  }

  get address(): PeerAddress {
    return { id: this.id, host: "127.0.0.1", port: this.port };
  }

  async listen(port = 0): Promise<this> {
    this.port = await this.bus.listen({ host: "127.0.0.1", port });
    return this;
  }

  publish(channel: string, payload: string): void {
    this.bus.publish(ascii(channel), ascii(payload));
  }

  publishShard(channel: string, payload: string): boolean {
    return this.bus.publishShard(ascii(channel), ascii(payload));
  }

  /** Both links to each of these are up, and so are theirs to us. */
  isMeshedWith(others: readonly TestBus[]): boolean {
    return others.every(
      ({ id }) => this.bus.links.filter((link) => link.nodeId === id).length === 4,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bus.close();
  }
}

/** Starts all of them and waits until each has all links to the others and has heard what they want. */
export async function mesh(...buses: TestBus[]): Promise<void> {
  for (const bus of buses) if (bus.port === 0) await bus.listen();
  for (const { bus } of buses) bus.setPeers(buses.map(({ address }) => address));
  await until("meshed", () =>
    buses.every((one) => {
      const others = buses.filter((other) => other !== one);
      return one.isMeshedWith(others) && one.bus.stats.received.interestFull.messages > 0;
    }),
  );
}

const KINDS = Object.keys(LINK_KINDS) as readonly LinkKind[]; // keys of that literal

/** A port that leads to another, on which the links of one kind can be made to stand still. */
export class Cable implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #fars = new Set<Socket>();
  readonly #halted = new Set<LinkKind>();
  readonly #byKind = new Map(KINDS.map((kind) => [kind, new Set<Socket>()]));

  constructor(targetPort: number) {
    this.#server = createServer((near) => {
      const far = connect(targetPort, "127.0.0.1");
      near.once("data", (hello) => {
        const kind = KINDS.find((name) => LINK_KINDS[name] === hello[5]) ?? "control";
        this.#byKind.get(kind)?.add(near);
        far.write(hello);
        near.pipe(far);
        if (this.#halted.has(kind)) near.pause();
      });
      far.pipe(near);
      this.#fars.add(far);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on("error", () => socket.destroy());
        socket.on("close", () => {
          near.destroy();
          far.destroy();
          this.#sockets.delete(socket);
          this.#fars.delete(far);
        });
      }
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    return (this.#server.address() as AddressInfo).port; // a TCP server that listens has one
  }

  /** What the dialler sends on links of this kind is no longer read. */
  halt(kind: LinkKind): void {
    this.#halted.add(kind);
    for (const socket of this.#byKind.get(kind) ?? []) {
      socket.unpipe();
      socket.pause();
    }
  }

  /** What the acceptor answers on the present links is no longer read; new ones work. */
  haltAnswers(): void {
    for (const far of this.#fars) {
      far.unpipe();
      far.pause();
    }
  }

  /** Ends all connections; new ones may be made. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
