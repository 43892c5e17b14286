import { setTimeout as delay } from "node:timers/promises";
import { encodeRequest, RespClient } from "@slotcast/testkit";
import type { Attempt } from "./attempt.ts";

// A client on a host of its own: for each key one value after the other, each at most once, to whoever it believes to
// own the key. What it was told stands on its output, a line for each value. It ends with its input.
// Arguments: its name, the addresses of nodes, the keys; lists with commas.

const CONNECT_WITHIN_MS = 400;
/** Longer than a failover takes: a write that is held until then is not given up for nothing. */
const REPLY_WITHIN_MS = 4000;
const PAUSE_MS = 5;

const [name = "", addresses = "", keys = ""] = process.argv.slice(2);
const end = new AbortController();
process.stdin
  .on("end", () => {
    end.abort();
  })
  .resume();
await Promise.all(keys.split(",").map(write));

async function write(key: string): Promise<void> {
  const nodes = addresses.split(",");
  let node = nodes[0] ?? "";
  let client: RespClient | undefined;
  for (let number = 1; !end.signal.aborted; number += 1) {
    const value = `${name}-${number}`;
    const sentMs = Date.now();
    let outcome: Attempt["outcome"] = "refused";
    let said = "";
    try {
      const [host = "", port = ""] = node.split(":");
      client ??= await RespClient.connect(Number(port), host, { withinMs: CONNECT_WITHIN_MS });
      outcome = "unknown";
      client.send(encodeRequest(["RPUSH", key, value]));
      said = (await client.nextReply(REPLY_WITHIN_MS)).latin1Slice().trim();
      outcome = said.startsWith(":") ? "acknowledged" : "refused";
    } catch (error) {
      said = error instanceof Error ? error.message : String(error);
    }
    const attempt: Attempt = { key, value, node, sentMs, endedMs: Date.now(), outcome, said };
    process.stdout.write(`${JSON.stringify(attempt)}\n`);
    if (outcome !== "acknowledged") {
      await client?.[Symbol.asyncDispose]();
      client = undefined;
      const moved = /^-MOVED \d+ (\S+)/.exec(said)?.[1];
      node = moved ?? nodes[(nodes.indexOf(node) + 1) % nodes.length] ?? node;
    }
    await delay(PAUSE_MS);
  }
  await client?.[Symbol.asyncDispose]();
}
