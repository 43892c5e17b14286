import { toBuffer } from "@slotcast/protocol";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../logger.ts";
import { withChosenIds, type StreamLookup } from "./discarded-ids.ts";
import { DISCARDED_READ_BYTES_MAX } from "./limits.ts";
import type { ReplicaAction } from "./replica-actions.ts";

/**
 * What a deposed primary had executed and nobody had acknowledged: it is given up, and kept for people in
 * `discarded-<epoch>.log`, as the effects stand in the log of docs/replication.md, with the ids of entries. An epoch is
 * of one reign only, so no two nodes write the same file.
 */
export class DiscardedEffects {
  /** Since this process began. */
  totalBytes = 0;
  readonly #dir: string;
  readonly #logger: Logger;

  constructor(options: { readonly dir: string; readonly logger: Logger }) {
    this.#dir = options.dir;
    this.#logger = options.logger;
  }

  /** In the background: a disk that fails is logged, and holds up nobody. */
  keep(
    { epoch, fromOffset, before, effects }: Extract<ReplicaAction, { readonly do: "discarded" }>,
    streamOf: StreamLookup,
  ): void {
    if (effects.length === 0) return;
    const isReadable = effects.length <= DISCARDED_READ_BYTES_MAX;
    const bytes = toBuffer(isReadable ? withChosenIds(before, effects, streamOf) : effects);
    this.totalBytes += bytes.length;
    const path = join(this.#dir, `discarded-${epoch}.log`);
    this.#logger.warn(
      { event: "shard.discarded", epoch, fromOffset, bytes: bytes.length, path },
      "writes that the new primary does not have are given up",
    );
    appendFile(path, bytes).catch((error: unknown) => {
      this.#logger.warn({ err: error, path }, "could not keep what was given up");
    });
  }
}
