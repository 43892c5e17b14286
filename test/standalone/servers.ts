import { startNode, until, type Directives, type NodeProcess } from "@slotcast/testkit";

const LINKED_WITHIN_MS = 20_000;

/** A server without a cluster, which lets its keys be compared. */
export async function startServer(directives: Directives = {}): Promise<NodeProcess> {
  return startNode({ directives: { "enable-debug-command": "yes", ...directives } });
}

export async function ask(server: NodeProcess, ...words: readonly string[]): Promise<string> {
  await using client = await server.connect();
  const reply = await client.callText(...words);
  return reply;
}

/** The fields of INFO. */
export async function infoOf(
  server: NodeProcess,
  section: string,
): Promise<ReadonlyMap<string, string>> {
  const text = await ask(server, "INFO", section);
  const lines = text.split("\r\n").filter((line) => line.includes(":"));
  return new Map(
    lines.map((line): [string, string] => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

/** REPLICAOF, and until it has everything. */
export async function follow(replica: NodeProcess, primary: NodeProcess): Promise<void> {
  await ask(replica, "REPLICAOF", "127.0.0.1", String(primary.port));
  await untilLinked(replica);
}

export async function untilLinked(replica: NodeProcess): Promise<void> {
  await until(
    async () => {
      const info = await infoOf(replica, "replication");
      return info.get("master_link_status") === "up";
    },
    { withinMs: LINKED_WITHIN_MS, what: "a replica that has its primary's keys" },
  );
}

/** As many replicas are in step, and acknowledged writes are on all of them. */
export async function untilInSync(primary: NodeProcess, replicas: number): Promise<void> {
  await until(
    async () => {
      const info = await infoOf(primary, "replication");
      return info.get("repl_in_sync_nodes") === String(replicas + 1);
    },
    { withinMs: LINKED_WITHIN_MS, what: `${replicas} replicas in sync` },
  );
}

export async function untilSameKeys(...servers: readonly NodeProcess[]): Promise<void> {
  await until(
    async () => {
      const digests = await Promise.all(servers.map(async (one) => ask(one, "DEBUG", "DIGEST")));
      return new Set(digests).size === 1;
    },
    { withinMs: LINKED_WITHIN_MS, what: "the same keys everywhere" },
  );
}
