import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ascii, EMPTY } from "@slotcast/protocol";
import { steadyMs } from "../cluster/steady-ms.ts";
import { loadConfig } from "../config/load-config.ts";
import type { PrimaryAddress } from "../config/directive.ts";
import { RecordingLogger } from "../recording-logger.ts";
import { FollowedPrimary } from "./followed-primary.ts";
import { acceptingLine } from "./greeting.ts";

// Goal: a greeting says yes or no, and never leaves this server in doubt without knowing it.

const NODE = "a".repeat(40);
const WELCOME = `+${acceptingLine("b".repeat(40), 7, "c".repeat(40))}`;
const HANG_UP = "";

/** What the other server answers to each request, connection by connection; the last script holds for all that follow. */
let scripts: string[][];
/** What it was asked, connection by connection. */
let asked: string[];
let server: Server;
let heard: string[];
let logger: RecordingLogger;
let followed: FollowedPrimary;

beforeEach(async () => {
  [scripts, asked, heard] = [[], [], []];
  logger = new RecordingLogger();
  server = createServer((socket) => {
    const connection = asked.push("") - 1;
    const replies = scripts[Math.min(connection, scripts.length - 1)] ?? [];
    let answered = 0;
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      asked[connection] += chunk.latin1Slice();
      const requests = asked[connection]?.match(/^\*/gm)?.length ?? 0;
      for (; answered < requests; answered += 1) {
        const reply = replies[answered] ?? HANG_UP;
        if (reply === HANG_UP) socket.destroy();
        else socket.write(`${reply}\r\n`);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(async () => {
  followed.stop();
  server.close();
  await once(server, "close");
});

/** A primary that gives its place away dials that server. */
function handOver(primary: Partial<PrimaryAddress> = {}): void {
  const { port } = server.address() as AddressInfo; // it listens on a port
  followed = new FollowedPrimary({
    primary: { host: "127.0.0.1", port, ...primary },
    nodeId: NODE,
    config: loadConfig({
      argv: ["--masterauth", "secret"].map(ascii),
      env: {},
      cwd: "/",
      readStdin: () => EMPTY,
    }),
    logger,
    failoverOffset: 5,
    events: {
      accepted: ({ epoch }) => void heard.push(`accepted ${epoch}`),
      refused: (why) => void heard.push(why),
      unlinked: () => void heard.push("unlinked"),
      received: () => void heard.push("received"),
    },
  });
}

async function untilTrue(isTrue: () => boolean): Promise<void> {
  await vi.waitFor(
    () => {
      followed.tick(steadyMs());
      expect(isTrue()).toBe(true);
    },
    { timeout: 10_000, interval: 5 },
  );
}

test("who is let in asks for the place to be taken over, and hears that it was", async () => {
  scripts = [["+OK", "+OK", WELCOME]];
  handOver();
  await untilTrue(() => heard.length > 0);
  expect(heard).toEqual(["accepted 7"]);
  expect(asked[0]).toContain("slotcast-failover");
});

test.each([
  ["a password", ["-ERR AUTH <password> called without any password", "+OK", WELCOME]],
  ["where it is", ["+OK", "-ERR AUTH <password> called without any password", WELCOME]],
])("nobody is asked to take over who refuses %s, and that is a refusal", async (_what, script) => {
  scripts = [script];
  handOver();
  await untilTrue(() => asked.length > 1);
  expect(new Set(heard)).toEqual(new Set(["ERR AUTH <password> called without any password"]));
  expect(asked.join("")).not.toContain("slotcast-failover");
});

test("who was asked, and then lets nobody in, has not refused: it may have taken over", async () => {
  const full = "-ERR max number of clients reached";
  scripts = [["+OK", "+OK", HANG_UP], [full], [full], ["+OK", "+OK", "-ERR not yet"]];
  handOver();
  await untilTrue(() => heard.length > 0);
  expect(heard[0]).toBe("ERR not yet");
  const troubles = logger.lines.map(({ fields }) => fields["why"]);
  expect(troubles.slice(0, 3)).toEqual(["closed by the primary", full.slice(1), "ERR not yet"]);
});

test.each([{ port: 99_999 }, { port: -1 }, { host: "h\0" }])(
  "an address that nobody can dial, as %j, ends an attempt, and nothing else",
  async (primary) => {
    handOver(primary);
    await untilTrue(() => logger.lines.length > 0);
    const [line] = logger.lines;
    expect(line?.fields).toMatchObject({ event: "primary.unreached", ...primary });
    expect(heard).toEqual([]);
    await untilTrue(() => followed.progress === "connect");
  },
);
