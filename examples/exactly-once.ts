import { fileURLToPath } from "node:url";
import { WatchError } from "redis";
import {
  conclude,
  connect,
  GROUP,
  killAfter,
  openShop,
  ORDER_COUNT,
  ORDERS,
  SHIPPED,
  startConsumer,
  timesShipped,
  untilDone,
  type Broker,
} from "./orders.ts";

// Exactly once: at least once, plus a set of the orders that were done. The work, the note that it is done and the
// acknowledgement are one transaction: all of it happened, or none. WATCH makes it fail when another consumer did the
// same order meanwhile: one that was taken for dead and was only slow.
//
//     node examples/exactly-once.ts [port]

const THIS_FILE = fileURLToPath(import.meta.url);
const DONE = "{shop}:done";
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
      await shipOnce(broker, { id: entry.id, order: entry.message["order"] ?? "" });
    }
    const { pending } = await broker.xPending(ORDERS, GROUP);
    if (entries.length === 0 && pending === 0) break;
  }
  await broker.close();
}

/** On the connection to the node of the keys: WATCH and EXEC belong together. */
async function shipOnce(
  broker: Broker,
  { id, order }: { id: string; order: string },
): Promise<void> {
  const slot = Number(await broker.sendCommand(undefined, true, ["CLUSTER", "KEYSLOT", DONE]));
  const node = await broker.nodeClient(broker.slots[slot]!.master);
  for (;;) {
    await node.watch(DONE);
    const isDone = (await node.sIsMember(DONE, order)) === 1;
    const transaction = node.multi().xAck(ORDERS, GROUP, id);
    // Done already, by one who died before he could acknowledge: that is all there is left to do.
    if (!isDone) transaction.sAdd(DONE, order).rPush(SHIPPED, order);
    try {
      await transaction.exec();
      if (!isDone) console.log(`shipped ${order}`);
      return;
    } catch (error) {
      if (!(error instanceof WatchError)) throw error; // somebody finished another order: look again
    }
  }
}

/** A producer that never learned whether its entry arrived sends it again; the broker knows it by its name. */
async function orderTwice(broker: Broker): Promise<void> {
  for (let number = 1; number <= ORDER_COUNT; number += 1) {
    const order = `order-${number}`;
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const words = ["XADD", ORDERS, "IDMP", "web-shop", order, "*", "order", order];
      await broker.sendCommand(ORDERS, false, words);
    }
  }
}

async function main(): Promise<void> {
  const broker = await connect();
  await openShop(broker, DONE);
  await broker.xTrim(ORDERS, "MAXLEN", 0);
  await orderTwice(broker);
  const orders = await broker.xLen(ORDERS);
  await killAfter(startConsumer(THIS_FILE), ORDER_COUNT / 2);
  await untilDone(startConsumer(THIS_FILE));
  const times = await timesShipped(broker);
  await broker.close();
  const holds =
    orders === ORDER_COUNT &&
    times.size === ORDER_COUNT &&
    [...times.values()].every((count) => count === 1);
  conclude(
    "exactly once",
    holds,
    `each sent twice, ${orders} in the stream, ${times.size} of ${ORDER_COUNT} shipped, each once`,
  );
}

await (process.argv[2] === "consume" ? consume() : main());
