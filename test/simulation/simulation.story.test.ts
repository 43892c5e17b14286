import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

// Goal: whatever breaks, a cluster keeps its promises (cluster.md, section 5); and the simulation that says so is
// repeatable, and finds mistakes. Method: the command that developers use, docs/simulation.md.

const ROOT = join(import.meta.dirname, "../..");
/** Ends only what hangs. The seeds shall take less than six minutes on two cores. */
const TIMEOUT_MS = 900_000;

async function sim(...words: readonly string[]): Promise<string> {
  const options = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 };
  const run = promisify(execFile)("npm", ["run", "--silent", "sim", "--", ...words], options);
  // The report of a failure is what a developer wants to read.
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  return stdout;
}

test(
  "two thousand seeds of 60 s break no promise, and two hundred of them have the same trace again",
  {
    timeout: TIMEOUT_MS,
  },
  async () => {
    const report = await sim("--seeds", "2000", "--twice", "200");
    console.log(report.split("\n").at(-2));
    expect(report).toMatch(
      /^2000 seeds from 1 on, 200 of them twice, in [\d.]+ s: 0 violations\./m,
    );
  },
);

test("each deliberate bug is found", { timeout: TIMEOUT_MS }, async () => {
  const report = await sim("--deliberate-bugs", "--known");
  const lines = report.split("\n").filter((line) => line.startsWith("| "));
  expect(lines.length).toBeGreaterThan(15);
  expect(lines.filter((line) => line.includes("| NOT in "))).toEqual([]);
});
