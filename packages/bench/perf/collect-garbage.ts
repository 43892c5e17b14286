import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { BenchError } from "../src/bench-error.ts";
import { GARBAGE_COLLECTION_MS_MAX } from "./limits.ts";

/**
 * Full garbage collections in a Node process that was started with `--inspect`, by the inspector's
 * HeapProfiler.collectGarbage: what the memory button of the developer tools does. The product needs no command
 * for it. Throws `BenchError`.
 */
export async function collectGarbage(inspectorPort: number): Promise<void> {
  const deadline = AbortSignal.timeout(GARBAGE_COLLECTION_MS_MAX);
  const inspector = new WebSocket(await debuggerUrl(inspectorPort, deadline));
  try {
    await once(inspector, "open", { signal: deadline });
    // Twice: what the first one finalises, the second one frees.
    for (const id of [1, 2]) {
      inspector.send(JSON.stringify({ id, method: "HeapProfiler.collectGarbage" }));
      await once(inspector, "message", { signal: deadline });
      await delay(UNMAP_MS);
    }
  } catch (cause) {
    throw new BenchError(`no garbage collection through port ${inspectorPort}`, { cause });
  } finally {
    inspector.close();
  }
}

/** V8 gives pages back to the system on a thread of its own. */
const UNMAP_MS = 150;

async function debuggerUrl(inspectorPort: number, signal: AbortSignal): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${inspectorPort}/json/list`, { signal });
  const targets: unknown = await response.json();
  const [target]: unknown[] = Array.isArray(targets) ? targets : [];
  if (typeof target === "object" && target !== null && "webSocketDebuggerUrl" in target) {
    return String(target.webSocketDebuggerUrl);
  }
  throw new BenchError(`nothing to inspect on port ${inspectorPort}`);
}
