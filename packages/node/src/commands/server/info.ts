import { fromText, lower, type Bytes } from "@slotcast/protocol";
import type { Broker } from "../../broker.ts";
import type { CommandContext } from "../handler.ts";
import {
  clientsFields,
  clusterFields,
  keyspaceFields,
  persistenceFields,
  statsFields,
} from "./info-activity.ts";
import { commandstatsFields, errorstatsFields, latencystatsFields } from "./info-commands.ts";
import type { InfoField } from "./info-field.ts";
import { cpuFields, memoryFields, serverFields } from "./info-process.ts";
import { replicationFields } from "./info-replication.ts";

interface Section {
  readonly title: string;
  readonly fields: (broker: Broker, nowMs: number) => readonly InfoField[];
  /** Shown only when it is asked for, or all are. */
  readonly onDemand?: true;
}

/** By the name they are asked by, in the order they are shown in, whatever the order asked. */
const SECTIONS: Readonly<Record<string, Section>> = {
  server: { title: "Server", fields: serverFields },
  clients: { title: "Clients", fields: clientsFields },
  memory: { title: "Memory", fields: memoryFields },
  persistence: { title: "Persistence", fields: persistenceFields },
  stats: { title: "Stats", fields: statsFields },
  replication: { title: "Replication", fields: replicationFields },
  cpu: { title: "CPU", fields: cpuFields },
  modules: { title: "Modules", fields: () => [] },
  commandstats: { title: "Commandstats", fields: commandstatsFields, onDemand: true },
  errorstats: { title: "Errorstats", fields: errorstatsFields },
  latencystats: { title: "Latencystats", fields: latencystatsFields, onDemand: true },
  cluster: { title: "Cluster", fields: clusterFields },
  keyspace: { title: "Keyspace", fields: keyspaceFields },
};

/** INFO [section ...]. Unknown sections are empty. Source: Redis 7.0 src/server.c, genInfoSectionDict. */
export function info({ broker, nowMs, reply }: CommandContext, argv: readonly Bytes[]): void {
  const wanted = new Set<string>(argv.slice(1).map(lower));
  const wantsDefault = wanted.size === 0 || wanted.has("default");
  const wantsAll = wanted.has("all") || wanted.has("everything");
  const texts: string[] = [];
  for (const [name, { title, fields, onDemand }] of Object.entries(SECTIONS)) {
    if (!wantsAll && !wanted.has(name) && (!wantsDefault || onDemand === true)) continue;
    const lines = fields(broker, nowMs).map(([field, value]) => `${field}:${value}\r\n`);
    texts.push(`# ${title}\r\n${lines.join("")}`);
  }
  // A path or a host name in a value may be any text.
  reply.verbatim(fromText(texts.join("\r\n")));
}
