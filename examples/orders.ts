import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { createCluster } from "redis";

// What the examples share: a shop whose orders are the entries of a stream, a consumer that is a process of its own, and
// a parent that kills it in the middle of its work. The consumer is the interesting part: see the other files.

/** All keys in one slot, by their {tag}: the transaction of exactly-once.ts needs that. */
export const ORDERS = "{shop}:orders";
/** One element for each time an order was shipped: what the world saw. */
export const SHIPPED = "{shop}:shipped";
export const GROUP = "shipping";
export const ORDER_COUNT = 200;
/** So that a kill hits the work and not the pause between two. */
const SHIPPING_MS = 2;

export type Broker = ReturnType<typeof makeClient>;

function makeClient(port: number) {
  return createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] });
}

/** The first argument that is a number is the port of any node; 7000, as of `npm start`, when there is none. */
export async function connect(): Promise<Broker> {
  const port = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 7000);
  const broker = makeClient(port);
  await broker.connect();
  return broker;
}

/** Takes the time that work takes. The order is shipped once this has resolved. */
export async function ship(broker: Broker, order: string): Promise<void> {
  await delay(SHIPPING_MS);
  await broker.rPush(SHIPPED, order);
  console.log(`shipped ${order}`);
}

/** Starts the shop anew: the orders are there, the group has read none of them. */
export async function openShop(broker: Broker, ...keys: readonly string[]): Promise<void> {
  await broker.del([ORDERS, SHIPPED, ...keys]);
  await broker.xGroupCreate(ORDERS, GROUP, "0", { MKSTREAM: true });
  for (let number = 1; number <= ORDER_COUNT; number += 1) {
    await broker.xAdd(ORDERS, "*", { order: `order-${number}` });
  }
}

/** How often each order was shipped. */
export async function timesShipped(broker: Broker): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const order of await broker.lRange(SHIPPED, 0, -1)) {
    times.set(order, (times.get(order) ?? 0) + 1);
  }
  return times;
}

/** This same file as another process: `node <file> consume <port>`. */
export function startConsumer(file: string): ChildProcess {
  const port = process.argv.find((argument) => /^\d+$/.test(argument)) ?? "7000";
  return spawn(process.execPath, [file, "consume", port], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** Kills the consumer while it works, once it has shipped so many. */
export async function killAfter(consumer: ChildProcess, shipped: number): Promise<void> {
  let seen = 0;
  for await (const line of createInterface({ input: consumer.stdout ?? process.stdin })) {
    if (line.startsWith("shipped ")) seen += 1;
    if (seen === shipped) consumer.kill("SIGKILL");
  }
  console.log(`killed a consumer after ${seen} of ${ORDER_COUNT} orders`);
}

/** Until the consumer ends by itself, since nothing is left. */
export async function untilDone(consumer: ChildProcess): Promise<void> {
  consumer.stdout?.resume();
  if (consumer.exitCode === null) await once(consumer, "exit");
}

/** Prints the verdict. The exit code is 1 when the guarantee was broken. */
export function conclude(guarantee: string, holds: boolean, counts: string): void {
  console.log(`${guarantee}: ${counts}: ${holds ? "holds" : "BROKEN"}`);
  process.exitCode = holds ? 0 : 1;
}
