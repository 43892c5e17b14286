import { fileURLToPath } from "node:url";
import {
  conclude,
  connect,
  GROUP,
  killAfter,
  openShop,
  ORDER_COUNT,
  ORDERS,
  ship,
  startConsumer,
  timesShipped,
  untilDone,
} from "./orders.ts";

// At least once: work, then acknowledge. Whatever a dead consumer left pending is taken over by another one, and may be
// done a second time.
//
//     node examples/at-least-once.ts [port]

const THIS_FILE = fileURLToPath(import.meta.url);
/** Who has not acknowledged for so long is taken for dead. */
const TAKE_OVER_AFTER_MS = 200;

async function consume(): Promise<void> {
  const broker = await connect();
  const name = `consumer-${process.pid}`;
  for (;;) {
    const abandoned = await broker.xAutoClaim(ORDERS, GROUP, name, TAKE_OVER_AFTER_MS, "0", {
      COUNT: 10,
    });
    const read = await broker.xReadGroup(GROUP, name, { key: ORDERS, id: ">" }, { COUNT: 10 });
    const entries = [...abandoned.messages, ...(read ?? []).flatMap(({ messages }) => messages)];
    for (const entry of entries) {
      if (entry === null) continue; // deleted meanwhile
      await ship(broker, entry.message["order"] ?? "");
      await broker.xAck(ORDERS, GROUP, entry.id);
    }
    const { pending } = await broker.xPending(ORDERS, GROUP);
    if (entries.length === 0 && pending === 0) break;
  }
  await broker.close();
}

async function main(): Promise<void> {
  const broker = await connect();
  await openShop(broker);
  await killAfter(startConsumer(THIS_FILE), ORDER_COUNT / 2);
  await untilDone(startConsumer(THIS_FILE));
  const times = await timesShipped(broker);
  await broker.close();
  const again = [...times.values()].filter((count) => count > 1).length;
  conclude(
    "at least once",
    times.size === ORDER_COUNT,
    `${times.size} of ${ORDER_COUNT} shipped, ${again} of them more than once`,
  );
}

await (process.argv[2] === "consume" ? consume() : main());
