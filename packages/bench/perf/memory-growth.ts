import { formatCount } from "../src/format-number.ts";
import { collectGarbage } from "./collect-garbage.ts";
import type { Contender, ServerSpec } from "./contender.ts";
import type { Scene } from "./measure-in-turns.ts";
import type { RowSpec, Target } from "./measurement.ts";
import { residentBytes } from "./resident-bytes.ts";

/** A server whose memory can be read at rest. */
export const MEMORY_SERVER: ServerSpec = { kind: "standalone", nodes: 1, hasInspector: true };

export interface Growth {
  readonly what: string;
  /** Of redis-server's growth. */
  readonly atMost: number;
  /** Writes what is there before and does not count. */
  readonly prepare?: (contender: Contender) => Promise<void>;
  /** Writes what counts. */
  readonly fill: (contender: Contender) => Promise<void>;
}

/** What a server grows by. For a fresh one: what another scene has freed would be used again. */
export function growthScene({ what, atMost, prepare, fill }: Growth): Scene {
  return {
    name: what,
    rows: [bytesRow(what, { kind: "ratio-at-most", limit: atMost })],
    measure: async (contender) => {
      await prepare?.(contender);
      const beforeBytes = await usedBytes(contender);
      await fill(contender);
      return [{ value: (await usedBytes(contender)) - beforeBytes }];
    },
  };
}

export function bytesRow(what: string, target: Target): RowSpec {
  return { what, format: formatBytes, target };
}

function formatBytes(bytes: number): string {
  return `${formatCount(bytes)}B`.replace(/(\d)B$/, "$1 B");
}

/** What redis-server says it uses, and what ours takes from the system after a forced garbage collection. */
export async function usedBytes(contender: Contender): Promise<number> {
  if (contender.side === "ours") return settledResidentBytes(contender);
  const info = await contender.info(["INFO", "memory"]);
  return Number(info.get("used_memory"));
}

export async function settledResidentBytes(contender: Contender): Promise<number> {
  if (contender.inspectorPort !== undefined) await collectGarbage(contender.inspectorPort);
  return residentBytes(contender.pid());
}
