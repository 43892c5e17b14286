import { spawn } from "node:child_process";
import { once } from "node:events";
import { MAIN_PATH, type ClusterStatus } from "@slotcast/node";
import { RespClient } from "@slotcast/testkit";

/** What a command of the command line came to. */
export interface CommandResult {
  /** Null: ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `slotcast …` in a process of its own, without a terminal. */
export async function runSlotcast(...args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [MAIN_PATH, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  await once(child, "close");
  return { code: child.exitCode, ...texts };
}

/** CLUSTER STATUS of the node on this port. Rejects when it does not answer. */
export async function readStatus(port: number): Promise<ClusterStatus> {
  await using client = await RespClient.connect(port);
  const reply = await client.call("CLUSTER", "STATUS");
  if (typeof reply !== "string") throw new Error("CLUSTER STATUS is no text");
  return JSON.parse(reply) as ClusterStatus; // our own node's
}
