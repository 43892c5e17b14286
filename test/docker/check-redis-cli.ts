import assert from "node:assert/strict";
import { assertSameAddresses, formatAddress, type Address } from "./address.ts";
import { KEYS } from "./check-plan.ts";
import { runProgram } from "./run-program.ts";

/** Plain `redis-cli -c`, by each node: writes keys of all nodes and reads what the others wrote. */
export async function checkRedisCli(addresses: readonly Address[]): Promise<string> {
  const told: string[] = [];
  for (const [index, entry] of addresses.entries()) {
    const written = await cli(
      entry,
      KEYS.map((key) => `SET ${key} ${index}`),
    );
    assert.deepEqual(
      written,
      KEYS.map(() => "OK"),
      `SET by ${formatAddress(entry)}`,
    );
    const reader = addresses[(index + 1) % addresses.length] ?? entry;
    assert.deepEqual(
      await readKeys(reader),
      KEYS.map(() => String(index)),
      `GET by ${formatAddress(reader)}`,
    );
    const nodes = await cli(entry, ["CLUSTER NODES"]);
    told.push(...nodes.map((line) => line.split(/[ @]/)[1] ?? ""));
    const [keyCount] = await cli(entry, ["DBSIZE"]);
    assert.notEqual(keyCount, "0", `keys of ${formatAddress(entry)}`);
  }
  assertSameAddresses(told, addresses);
  return `${KEYS.length} keys by each of ${addresses.map(formatAddress).join(", ")}`;
}

/** What the keys of all checks hold, by this node. */
export async function readKeys(entry: Address): Promise<string[]> {
  return cli(
    entry,
    KEYS.map((key) => `GET ${key}`),
  );
}

/** The lines that redis-cli prints for these commands, without its own remarks about redirections. */
async function cli({ host, port }: Address, commands: readonly string[]): Promise<string[]> {
  const { stdout } = await runProgram(["redis-cli", "-c", "-h", host, "-p", String(port)], {
    stdin: commands.map((command) => `${command}\n`).join(""),
  });
  return stdout.split("\n").filter((line) => line !== "" && !line.startsWith("-> "));
}
