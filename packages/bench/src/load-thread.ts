import { parentPort, workerData } from "node:worker_threads";
import { makeMonotonicClock } from "./monotonic-clock.ts";
import { PublisherSide } from "./publisher-side.ts";
import { SubscriberSide } from "./subscriber-side.ts";
import type { LoadOrder, LoadReport, LoadSide, LoadTask } from "./thread-messages.ts";

/** Entry of a worker thread: connects, reports `ready`, then obeys orders one after another. */
async function main(): Promise<void> {
  if (parentPort === null) throw new Error("load-thread.ts runs as a worker thread");
  const port = parentPort;
  const report = (message: LoadReport): void => port.postMessage(message);
  const fail = (error: unknown): void => {
    report({ report: "failed", reason: error instanceof Error ? error.message : String(error) });
  };
  try {
    // LoadGenerator is the only one to start this thread, with a LoadTask.
    const side = makeSide(workerData as LoadTask, fail);
    await side.open();
    port.on("message", (order: LoadOrder) => {
      Promise.resolve(side.obey(order)).then(report, fail);
    });
    report({ report: "ready" });
  } catch (error) {
    fail(error);
  }
}

function makeSide(task: LoadTask, onFailure: (error: Error) => void): LoadSide {
  const shell = { nowUs: makeMonotonicClock(), onFailure };
  return task.role === "publish" ? new PublisherSide(task, shell) : new SubscriberSide(task, shell);
}

await main();
