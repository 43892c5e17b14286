import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startCluster, type TestCluster } from "@slotcast/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

// Goal: each guarantee that an application can choose holds while its consumer is killed, and the example that shows
// it can be run by anybody.

const EXAMPLE_WITHIN_MS = 60_000;

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

async function run(example: string): Promise<{ exitCode: number; said: string }> {
  const file = fileURLToPath(new URL(`../examples/${example}.ts`, import.meta.url));
  const child = spawn(process.execPath, [file, String(cluster.node(1).port)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  await once(child, "close");
  return { exitCode: child.exitCode ?? -1, said };
}

test.each([
  ["at-most-once", /at most once: \d+ shipped, \d+ lost, none twice: holds/],
  ["at-least-once", /at least once: 200 of 200 shipped, \d+ of them more than once: holds/],
  [
    "exactly-once",
    /exactly once: each sent twice, 200 in the stream, 200 of 200 shipped, each once: holds/,
  ],
  ["dead-letter", /dead letters: 197 shipped, 9 consumers died, 3 dead letters: [-\w, ]+: holds/],
] as const)(
  "examples/%s.ts proves its guarantee",
  async (example, verdict) => {
    const { exitCode, said } = await run(example);
    expect(said).toMatch(verdict);
    expect(exitCode).toBe(0);
  },
  EXAMPLE_WITHIN_MS,
);
