import type { ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { createInterface } from "node:readline";
import { startCluster, Network, until, whyNoNetwork, type NetworkHost } from "@slotcast/testkit";
import { describe, expect, test } from "vitest";
import { notRun } from "./not-run.ts";

// Goal: the network that the other stories cut is one: what it drops is lost in silence, and nothing of it stays.

const WHY_NOT = await whyNoNetwork();
const WITHIN_MS = 5000;
const HEARD_WITHIN_MS = 500;
const PORT = 7000;

describe.skipIf(WHY_NOT !== undefined)(`a network of namespaces${notRun(WHY_NOT)}`, () => {
  test("loses packets between the hosts that were cut, one way or both, and no others", async () => {
    await using network = await Network.create({ hosts: 3 });
    const talkers = network.hosts.map((host, index) => new Talker(host, "abc".charAt(index)));
    const [a, b, c] = [network.host(0), network.host(1), network.host(2)];
    const all = ["ab", "ac", "ba", "bc", "ca", "cb"];
    await until(async () => expect(await exchange(talkers)).toEqual(all), { withinMs: WITHIN_MS });
    await network.cut([a], [b, c]);
    expect(await exchange(talkers)).toEqual(["bc", "cb"]);
    await network.heal();
    expect(await exchange(talkers)).toEqual(all);
    await network.cut([a], [b], { oneWay: true });
    expect(await exchange(talkers)).toEqual(["ac", "ba", "bc", "ca", "cb"]);
    await network.cut([c], [b], { oneWay: true });
    expect(await exchange(talkers)).toEqual(["ac", "ba", "bc", "ca"]);
  });

  test("is gone at its end, with what ran in it", async () => {
    const network = await Network.create({ hosts: 2 });
    const subnet = network.host(0).address.replace(/\d+$/, "");
    expect(ownAddresses().filter((address) => address.startsWith(subnet))).toHaveLength(1);
    const child = network.host(0).spawn("sleep", ["1000"]);
    await network[Symbol.asyncDispose]();
    expect(child.signalCode).toBe("SIGKILL");
    await until(() => !ownAddresses().some((address) => address.startsWith(subnet)), {
      withinMs: WITHIN_MS,
      what: "a machine without that network",
    });
  });

  test("carries a cluster: a node that is cut off hears no message, and does again when the cut has healed", async () => {
    await using network = await Network.create({ hosts: 3 });
    await using cluster = await startCluster({
      places: network.hosts,
      directives: { "cluster-node-timeout": "1500" },
    });
    await using publisher = await cluster.node(0).connect();
    await using subscriber = await cluster.node(2).connect();
    await subscriber.subscribe("SUBSCRIBE", "news");
    await publisher.call("PUBLISH", "news", "before");
    expect(await subscriber.nextPush()).toEqual(["message", "news", "before"]);
    await network.cut(network.hosts.slice(0, 2), [network.host(2)]);
    await publisher.call("PUBLISH", "news", "while it is cut off");
    await until(
      async () => {
        for (const node of [cluster.node(0), cluster.node(2)]) {
          await using client = await node.connect();
          const nodes = await client.callText("CLUSTER", "NODES");
          expect(nodes).toMatch(/ master,fail/);
        }
      },
      { withinMs: WITHIN_MS, what: "suspicion on both sides" },
    );
    await network.heal();
    await cluster.untilReady();
    // Said again and again: one message may end with the connection that the cut has left half dead.
    await until(
      async () => {
        await publisher.call("PUBLISH", "news", "after");
        expect(await subscriber.nextPush(HEARD_WITHIN_MS)).toEqual(["message", "news", "after"]);
      },
      { withinMs: WITHIN_MS, what: "a message from one side to the other" },
    );
  });
});

/** Of the machine as the test sees it. */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((entries = []) =>
    entries.map(({ address }) => address),
  );
}

/** Sends datagrams from a host, and remembers what reached it. */
class Talker {
  readonly name: string;
  readonly address: string;
  readonly heard: string[] = [];
  readonly #process: ChildProcess;

  constructor(host: NetworkHost, name: string) {
    this.name = name;
    this.address = host.address;
    this.#process = host.spawn(process.execPath, ["-e", TALK], { stdio: "pipe" });
    const { stdout } = this.#process;
    if (stdout === null) throw new Error("no output");
    createInterface(stdout).on("line", (line) => this.heard.push(line));
  }

  send(to: Talker, words: string): void {
    this.#process.stdin?.write(`${to.address} ${words}\n`);
  }
}

/** Lines `address words` are sent; what comes in, and what has left, is printed. */
const TALK = `
  const socket = require("dgram").createSocket("udp4");
  socket.on("message", (words) => console.log(String(words)));
  socket.bind(${PORT});
  require("readline").createInterface(process.stdin).on("line", (line) => {
    const [address, words] = line.split(" ");
    socket.send(words, ${PORT}, address, () => console.log("sent " + words));
  });
`;

/** Each sends to each other one; which of these arrived, as the two names. */
async function exchange(talkers: readonly Talker[]): Promise<string[]> {
  const letters = talkers.flatMap((from) =>
    talkers.filter((to) => to !== from).map((to) => ({ from, to, name: from.name + to.name })),
  );
  for (const talker of talkers) talker.heard.length = 0;
  for (const { from, to, name } of letters) from.send(to, name);
  const observer = createSocket("udp4");
  await until(() => letters.every(({ from, name }) => from.heard.includes(`sent ${name}`)), {
    withinMs: WITHIN_MS,
    what: "all sent",
  });
  // Datagrams keep their order: what is not there before this one was lost.
  for (const { address } of talkers) observer.send("end", PORT, address);
  await until(() => talkers.every(({ heard }) => heard.includes("end")), { withinMs: WITHIN_MS });
  observer.close();
  return letters
    .filter(({ to, name }) => to.heard.includes(name))
    .map(({ name }) => name)
    .toSorted();
}
