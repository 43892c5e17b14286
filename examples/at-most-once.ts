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

// At most once: acknowledge on receipt, then work. What a dead consumer had taken is lost; nothing is done twice.
//
//     node examples/at-most-once.ts [port]

const THIS_FILE = fileURLToPath(import.meta.url);

async function consume(): Promise<void> {
  const broker = await connect();
  for (;;) {
    // NOACK: an entry counts as done the moment it is delivered.
    const read = await broker.xReadGroup(
      GROUP,
      `consumer-${process.pid}`,
      { key: ORDERS, id: ">" },
      { COUNT: 10, NOACK: true },
    );
    if (read === null) break;
    for (const { messages } of read) {
      for (const { message } of messages) await ship(broker, message["order"] ?? "");
    }
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
  const lost = ORDER_COUNT - times.size;
  const most = Math.max(...times.values());
  conclude("at most once", most <= 1, `${times.size} shipped, ${lost} lost, none twice`);
}

await (process.argv[2] === "consume" ? consume() : main());
