import { setTimeout as delay } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { decodeReply, ReplyError } from "../decode-reply.ts";
import { RespClient } from "../resp-client.ts";
import type { Ending } from "./journal.ts";
import { PROBE_EVERY_MS } from "./limits.ts";

/** What the thread is told. */
export interface ProbeTask {
  readonly key: string;
  readonly ports: readonly number[];
}

/** What it tells: a request was sent, and how it ended. `atMs` counts from the epoch, as the sum of `performance`'s two. */
export type ProbeEvent =
  | { readonly what: "sent"; readonly id: number; readonly port: number; readonly atMs: number }
  | {
      readonly what: "ended";
      readonly id: number;
      readonly port: number;
      readonly atMs: number;
      readonly ending: Omit<Ending, "unansweredAttempts">;
    };

const { key, ports } = workerData as ProbeTask; // by ShardProbe
const open = new Set<RespClient>();
const stopping = new AbortController();
const { signal } = stopping;
let sentCount = 0;

function tell(event: ProbeEvent): void {
  parentPort?.postMessage(event);
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Writes to one node, as fast as one after the other allows, until it is stopped. */
async function probe(port: number): Promise<void> {
  while (!signal.aborted) {
    try {
      await using client = await RespClient.connect(port);
      open.add(client);
      while (!signal.aborted) {
        await write(client, port);
        await delay(PROBE_EVERY_MS);
      }
      open.delete(client);
    } catch {
      await delay(PROBE_EVERY_MS); // refused, or closed
    }
  }
}

/** Throws when the connection is lost. */
async function write(client: RespClient, port: number): Promise<void> {
  sentCount += 1;
  const id = sentCount;
  tell({ what: "sent", id, port, atMs: nowMs() });
  const end = (ending: Omit<Ending, "unansweredAttempts">): void => {
    tell({ what: "ended", id, port, atMs: nowMs(), ending });
  };
  try {
    const reply = decodeReply(await client.callRaw("INCR", key));
    if (reply instanceof ReplyError) end({ outcome: "refused", answer: null });
    else end({ outcome: "acknowledged", answer: Number(reply) });
  } catch (error) {
    end({ outcome: "unknown", answer: null });
    throw error;
  }
}

parentPort?.once("message", () => {
  stopping.abort();
  for (const client of open) void client[Symbol.asyncDispose]();
});
await Promise.all(ports.map(probe));
parentPort?.close();
