import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { Cable, mesh, nodeId, SECRET, TestBus, until } from "./test-buses.ts";

// Goal: a process that is gone is known at once, a silent one after the node timeout, and neither is taken for the other.

/** A bus in a process of its own, which can be killed. */
class OtherProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(digit: string, peer: TestBus, port = 0): Promise<OtherProcess> {
    const options = {
      id: nodeId(digit),
      secret: SECRET.toString("latin1"),
      peer: peer.address,
      port,
    };
    const code = `
      import { Bus } from ${JSON.stringify(new URL("bus.ts", import.meta.url).href)};
      const { id, secret, peer, port } = ${JSON.stringify(options)};
      const log = () => undefined;
      const bus = new Bus({
        selfId: id,
        secret: Buffer.from(secret, "latin1"),
        hello: { listeners: [], hostname: "", version: "1" },
        callbacks: { onPublish: log },
        nowMs: Date.now,
        random: Math.random,
        logger: { debug: log, info: log, warn: log },
      });
      const listening = await bus.listen({ host: "127.0.0.1", port });
      bus.setPeers([peer]);
      console.log(listening);
    `;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of createInterface(child.stdout)) {
      return new OtherProcess(child, Number(line));
    }
    throw new Error("the other process ended");
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await gone;
  }
}

/** Whatever its random numbers, a pause between dials is as long as can be. */
const PATIENT = { random: (): number => 0.999_999 };

test("a killed process is known within milliseconds, and again when it was there for a moment only", async () => {
  await using a = new TestBus("1", PATIENT);
  await a.listen();
  let port = 0;
  const tookMs: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    await using other = await OtherProcess.start("2", a, port);
    ({ port } = other);
    a.bus.setPeers([{ id: nodeId("2"), host: "127.0.0.1", port }]);
    await until("linked", () => a.bus.links.length === 4);
    const before = a.refused.length;
    const killedAtMs = performance.now();
    other.signal("SIGKILL");
    await until("known", () => a.refused.length > before);
    tookMs.push(performance.now() - killedAtMs);
    expect(a.refused.at(-1)).toBe(nodeId("2"));
  }
  // The shortest pause would be 100 ms here. The better of the rounds: this machine may be busy.
  const [first = Infinity, ...again] = tookMs;
  expect(Math.min(first, ...again)).toBeLessThan(60);
  expect(Math.min(...again)).toBeLessThan(95);
}, 30_000);

test("a stopped process is not refused but silent, for the node timeout", async () => {
  await using a = new TestBus("1", { ...PATIENT, nodeTimeoutMs: 400 });
  await a.listen();
  await using other = await OtherProcess.start("2", a);
  a.bus.setPeers([{ id: nodeId("2"), host: "127.0.0.1", port: other.port }]);
  await until("linked", () => a.bus.links.length === 4);
  await until("heard", () => (a.bus.peer(nodeId("2"))?.pongReceivedMs ?? 0) > 0);
  const stoppedAtMs = performance.now();
  other.signal("SIGSTOP");
  await until("given up", () => a.bus.stats.closes.silent >= 2);
  const tookMs = performance.now() - stoppedAtMs;
  expect(tookMs).toBeGreaterThan(400 - 100);
  expect(tookMs).toBeLessThan(2000);
  expect(a.refused).toEqual([]);
  other.signal("SIGCONT");
  await until("linked again", () => a.bus.links.length === 4);
}, 30_000);

test("a bus that is told another node timeout speaks more often at once", async () => {
  await using a = new TestBus("1");
  await using b = new TestBus("2");
  await mesh(a, b);
  expect(a.bus.nodeTimeoutMs).toBe(15_000);
  a.bus.nodeTimeoutMs = 250;
  const before = a.bus.stats.sent.ping.messages;
  await until("pings", () => a.bus.stats.sent.ping.messages >= before + 10, { withinMs: 3000 });
});

test("a link that breaks while the peer lives is there again before anybody could suspect it", async () => {
  await using a = new TestBus("1", PATIENT);
  await using b = new TestBus("2");
  await a.listen();
  await b.listen();
  await using cable = new Cable(b.port);
  const port = await cable.listen();
  a.bus.setPeers([{ ...b.address, port }]);
  b.bus.setPeers([a.address]);
  await until("meshed", () => a.isMeshedWith([b]));
  const cutAtMs = performance.now();
  cable.cut();
  await until("noticed", () => a.bus.stats.closes["peer-closed"] >= 2);
  await until("mended", () => a.isMeshedWith([b]));
  expect(performance.now() - cutAtMs).toBeLessThan(1000);
  expect(a.refused).toEqual([]);
});
