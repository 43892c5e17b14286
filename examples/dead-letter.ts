import { fileURLToPath } from "node:url";
import {
  conclude,
  connect,
  GROUP,
  openShop,
  ORDER_COUNT,
  ORDERS,
  ship,
  startConsumer,
  timesShipped,
  untilDone,
} from "./orders.ts";

// Dead letters: some orders kill whoever reads them. The group's policy hands entries of dead consumers over by itself,
// and after three deliveries puts them aside. Nobody runs XAUTOCLAIM, nobody counts deliveries.
//
//     node examples/dead-letter.ts [port]

const THIS_FILE = fileURLToPath(import.meta.url);
const DEAD = "{shop}:dead";
const POISONED_ORDERS = new Set(["order-20", "order-77", "order-150"]);
const DELIVERIES_MAX = 3;
const TAKE_OVER_AFTER_MS = 100;

async function consume(): Promise<void> {
  const broker = await connect();
  const name = `consumer-${process.pid}`;
  for (;;) {
    // One at a time: what is read together is delivered again together, and counted.
    const read = await broker.xReadGroup(
      GROUP,
      name,
      { key: ORDERS, id: ">" },
      { COUNT: 1, BLOCK: 2 * TAKE_OVER_AFTER_MS },
    );
    for (const { messages } of read ?? []) {
      for (const { id, message } of messages) {
        const order = message["order"] ?? "";
        if (POISONED_ORDERS.has(order)) process.kill(process.pid, "SIGKILL");
        await ship(broker, order);
        await broker.xAck(ORDERS, GROUP, id);
      }
    }
    const { pending } = await broker.xPending(ORDERS, GROUP);
    if (read === null && pending === 0) break;
  }
  await broker.close();
}

async function main(): Promise<void> {
  const broker = await connect();
  await openShop(broker, DEAD);
  const policy = `AUTOCLAIM ${TAKE_OVER_AFTER_MS} DELIVERYLIMIT ${DELIVERIES_MAX} DEADLETTER ${DEAD}`;
  await broker.sendCommand(ORDERS, false, [
    ...["XGROUP", "SETPOLICY", ORDERS, GROUP],
    ...policy.split(" "),
  ]);
  let deaths = 0;
  for (;;) {
    const consumer = startConsumer(THIS_FILE);
    await untilDone(consumer);
    if (consumer.exitCode === 0) break;
    deaths += 1;
  }
  const times = await timesShipped(broker);
  const dead = ((await broker.xRange(DEAD, "-", "+")) ?? []).map(
    ({ message }) => message["order"] ?? "",
  );
  await broker.close();
  const isComplete = times.size === ORDER_COUNT - POISONED_ORDERS.size;
  const isRight =
    dead.length === POISONED_ORDERS.size && dead.every((order) => POISONED_ORDERS.has(order));
  conclude(
    "dead letters",
    isComplete && isRight && deaths === POISONED_ORDERS.size * DELIVERIES_MAX,
    `${times.size} shipped, ${deaths} consumers died, ${dead.length} dead letters: ${dead.join(", ")}`,
  );
}

await (process.argv[2] === "consume" ? consume() : main());
