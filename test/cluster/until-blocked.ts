import { until, type NodeProcess } from "@slotcast/testkit";

const BLOCKED_WITHIN_MS = 5000;

/** Resolves when so many clients of the node wait in blocking commands. */
export async function untilBlocked(node: NodeProcess, clients: number): Promise<void> {
  await using client = await node.connect();
  await until(
    async () => {
      const info = await client.callRaw("INFO", "clients");
      return info.includes(`blocked_clients:${clients}\r\n`);
    },
    { withinMs: BLOCKED_WITHIN_MS, what: `${clients} blocked clients` },
  );
}
