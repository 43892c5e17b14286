import { until } from "@slotcast/testkit";
import { Redis } from "ioredis";
import type { Address } from "./address.ts";
import { WITHIN_MS } from "./check-plan.ts";

const CHANNEL = "news";

/**
 * Subscribes on one node, does `meanwhile`, publishes on another and waits for the message. Throws when it does
 * not arrive.
 */
export async function publishAcross(
  nodes: { readonly from: Address; readonly to: Address },
  meanwhile: () => Promise<void> = async () => {},
): Promise<void> {
  const publisher = connectTo(nodes.from);
  const subscriber = connectTo(nodes.to);
  try {
    const received: string[] = [];
    subscriber.on("message", (_channel: string, message: string) => received.push(message));
    await subscriber.subscribe(CHANNEL);
    await meanwhile();
    await publisher.publish(CHANNEL, "across nodes");
    await until(() => received.includes("across nodes"), {
      withinMs: WITHIN_MS,
      what: "a message",
    });
  } finally {
    publisher.disconnect();
    subscriber.disconnect();
  }
}

function connectTo({ host, port }: Address): Redis {
  const client = new Redis({ host, port });
  // A refused connection is told by the call that then fails.
  client.on("error", () => {});
  return client;
}
