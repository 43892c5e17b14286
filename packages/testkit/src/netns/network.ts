import { networkInterfaces } from "node:os";
import { HOSTS_MAX, SUBNETS_MAX } from "./limits.ts";
import { Namespace } from "./namespace.ts";
import { NetworkHost } from "./network-host.ts";

/** This process' own address in a network: above those of all hosts. */
const OBSERVER = HOSTS_MAX + 1;

/**
 * Several hosts on this machine, each in a network namespace of its own, on one switch in another. The test itself is
 * on that switch too and sees every host at all times. A cut loses packets silently, as a network does: nobody is
 * told, connections stay open until somebody's patience ends. Needs root; see `whyNoNetwork`.
 *
 *     host 1 ──┐
 *     host 2 ──┤ switch: a bridge, and the list of pairs whose packets it drops
 *     test   ──┘
 */
export class Network implements AsyncDisposable {
  readonly hosts: readonly NetworkHost[];
  readonly #hub: Namespace;
  readonly #stack: AsyncDisposableStack;

  private constructor(hosts: readonly NetworkHost[], hub: Namespace, stack: AsyncDisposableStack) {
    this.hosts = hosts;
    this.#hub = hub;
    this.#stack = stack;
  }

  /** Rejects with the reason when this machine does not allow it. */
  static async create({ hosts }: { readonly hosts: number }): Promise<Network> {
    if (hosts > HOSTS_MAX) throw new RangeError(`at most ${HOSTS_MAX} hosts`);
    await using stack = new AsyncDisposableStack();
    const hub = stack.use(await Namespace.create());
    const subnet = freeSubnet();
    const observer = `slot${subnet.replaceAll(".", "x")}`; // at most 14 of Linux' 15 characters
    await hub.run(
      "ip",
      ["-batch", "-"],
      [
        "link add br0 type bridge forward_delay 0",
        "link set br0 up",
        `link add test type veth peer name ${observer} netns ${process.pid}`,
        "link set test master br0 up",
      ],
    );
    await hub.run("nft", ["-f", "-"], CUTS_TABLE);
    // In our own namespace: that of this process.
    await hub.run(
      "nsenter",
      [`--net=/proc/${process.pid}/ns/net`, "ip", "-batch", "-"],
      [`address add ${subnet}.${OBSERVER}/24 dev ${observer}`, `link set ${observer} up`],
    );
    const made: NetworkHost[] = [];
    for (let number = 1; number <= hosts; number += 1) {
      const namespace = await Namespace.create();
      const host = stack.use(new NetworkHost(namespace, `${subnet}.${number}`));
      await hub.run(
        "ip",
        ["-batch", "-"],
        [
          `link add host${number} type veth peer name eth0 netns ${namespace.pid}`,
          `link set host${number} master br0 up`,
        ],
      );
      await namespace.run(
        "ip",
        ["-batch", "-"],
        ["link set lo up", `address add ${host.address}/24 dev eth0`, "link set eth0 up"],
      );
      made.push(host);
    }
    return new Network(made, hub, stack.move());
  }

  host(index: number): NetworkHost {
    const host = this.hosts[index];
    if (host === undefined) throw new RangeError(`the network has no host ${index}`);
    return host;
  }

  /**
   * From now on nothing passes between a host of the one side and one of the other; `oneWay`: nothing from the first
   * to the second, while answers find their way. Adds to the cuts there are, all pairs at one moment.
   */
  async cut(
    from: readonly NetworkHost[],
    to: readonly NetworkHost[],
    { oneWay = false }: { readonly oneWay?: boolean } = {},
  ): Promise<void> {
    const pairs = from.flatMap((one) =>
      to.flatMap((other) => {
        const there = `${one.address} . ${other.address}`;
        return oneWay ? [there] : [there, `${other.address} . ${one.address}`];
      }),
    );
    await this.#nft(`add element bridge cuts dropped { ${pairs.join(", ")} }`);
  }

  /** Ends all cuts. */
  async heal(): Promise<void> {
    await this.#nft("flush set bridge cuts dropped");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #nft(line: string): Promise<void> {
    await this.#hub.run("nft", ["-f", "-"], [line]);
  }
}

/** By address, so that who asks for a neighbour is still answered: packets vanish, the wire does not. */
const CUTS_TABLE = [
  "table bridge cuts {",
  "  set dropped { type ipv4_addr . ipv4_addr; }",
  "  chain forward {",
  "    type filter hook forward priority 0; policy accept;",
  "    ip saddr . ip daddr @dropped drop",
  "  }",
  "}",
];

/** Of 198.18.0.0/15, which no real network uses (RFC 2544: for tests of network devices). */
function freeSubnet(): string {
  const taken = Object.values(networkInterfaces())
    .flat()
    .map((entry) => entry?.address.replace(/\.\d+$/, ""));
  for (;;) {
    const number = Math.floor(Math.random() * SUBNETS_MAX);
    const subnet = `198.${18 + Math.floor(number / 256)}.${number % 256}`;
    if (!taken.includes(subnet)) return subnet;
  }
}
