import type { NodeId } from "@slotcast/control";
import { frameBody, type FrameBody } from "@slotcast/gossip";
import { performance } from "node:perf_hooks";
import type { ShardAction } from "../cluster-core/shard-role.ts";
import type { Logger } from "../logger.ts";
import type { DiscardedEffects } from "./discarded-effects.ts";
import { encodeFrame } from "./frames.ts";
import { SNAPSHOT_QUEUED_BYTES_MAX, SNAPSHOT_SLICE_MS } from "./limits.ts";
import type { OutgoingSnapshot } from "./outgoing-snapshot.ts";
import type { PrimaryShard } from "./primary-shard.ts";
import type { ReplicaShard } from "./replica-shard.ts";
import type { Replication } from "./replication.ts";
import type { Snapshot } from "./snapshot.ts";

/** A connection to one node of the shard: a data link of the bus, or of a standalone server. */
export interface ShardLink {
  /** Written and not yet taken by the kernel. */
  readonly queuedBytes: number;
  /** False: it is down. */
  send(body: FrameBody): boolean;
}

/** This node's part in its shard, as the facts have it now. */
export interface ShardParts {
  readonly primary: PrimaryShard | undefined;
  readonly replica: ReplicaShard | undefined;
}

export interface ShardDriverOptions {
  readonly replication: () => Replication;
  readonly parts: () => ShardParts;
  /** The link that counts for the present part; `undefined`: there is none. */
  readonly linkTo: (nodeId: NodeId) => ShardLink | undefined;
  readonly discarded: DiscardedEffects;
  readonly steadyMs: () => number;
  /** As a step of the owner: what comes of it is done in the same turn. */
  readonly step: (act: () => void) => void;
  readonly logger: Logger;
}

/** A snapshot on its way to one replica. */
interface Sending {
  readonly to: NodeId;
  readonly snapshot: Snapshot;
  readonly outgoing: OutgoingSnapshot;
}

/**
 * Does what the replication of a shard says: to keys and clients by `Replication`, to other nodes over their links.
 * Snapshots leave at the pace of the link, a slice at a time between the requests of clients.
 *
 * Owner: ClusterMember, or the standalone replication.
 */
export class ShardDriver {
  readonly #options: ShardDriverOptions;
  #sending: Sending[] = [];
  #isSliceDue = false;

  constructor(options: ShardDriverOptions) {
    this.#options = options;
  }

  perform(action: Exclude<ShardAction, { readonly do: "role" | "propose-isr" }>): void {
    const { logger, parts, discarded, steadyMs } = this.#options;
    const replication = this.#options.replication();
    switch (action.do) {
      case "apply":
        this.#apply(action.effects);
        break;
      case "send":
        this.#send(action.to, encodeFrame(action.frame));
        break;
      case "send-snapshot":
        this.#beginSnapshot(action.to);
        break;
      case "serve":
        logger.info({ event: "shard.serving" }, "serving as the primary of the shard");
        replication.serve();
        break;
      case "committed":
        replication.committed();
        break;
      case "step-down":
        logger.info({ event: "shard.stepped-down", why: action.why }, "no longer the primary");
        replication.stepDown();
        break;
      case "settled":
        replication.settled(action.sharedOffset);
        break;
      case "discarded":
        discarded.keep(action, (database, key) => replication.streamOf(database, key));
        break;
      case "reset":
        logger.info({ event: "shard.loading" }, "loading a snapshot of the primary");
        replication.beginLoading();
        break;
      case "load-snapshot":
        this.#try(() => {
          replication.load(action.bytes);
        });
        break;
      case "finish-snapshot":
        this.#try(() => {
          replication.finishLoading();
          parts().replica?.snapshotLoaded(steadyMs());
          logger.info({ event: "shard.loaded" }, "the snapshot is loaded");
        });
        break;
      case "diverged":
        logger.warn(
          { event: "shard.diverged", offset: action.offset, why: action.why },
          "this copy differs from the primary's: it is replaced",
        );
        break;
    }
  }

  /** From time to time, and when a link has room again. */
  continueSnapshots(): void {
    if (this.#sending.length === 0) return;
    this.#options.step(() => {
      this.#sendSlice();
    });
  }

  #apply(effects: Parameters<Replication["apply"]>[0]): void {
    try {
      this.#options.replication().apply(effects);
    } catch (error) {
      this.#options.logger.fatal({ err: error }, "an effect of the primary cannot be executed");
      this.#options.parts().replica?.applyFailed(messageOf(error), this.#options.steadyMs());
    }
  }

  #try(load: () => void): void {
    try {
      load();
    } catch (error) {
      this.#options.logger.warn({ err: error }, "the snapshot of the primary cannot be loaded");
      this.#options.parts().replica?.snapshotFailed(this.#options.steadyMs());
    }
  }

  #send(to: readonly NodeId[], encoded: Buffer): void {
    const body = frameBody(encoded);
    for (const nodeId of to) this.#options.linkTo(nodeId)?.send(body);
  }

  #beginSnapshot(to: NodeId): void {
    // It ends what is under way, so the log ends where the snapshot does.
    const snapshot = this.#options.replication().beginSnapshot();
    const outgoing = this.#options.parts().primary?.beginSnapshot(to);
    if (outgoing === undefined) {
      snapshot.giveUp();
      return;
    }
    this.#sending.push({ to, snapshot, outgoing });
    this.#options.logger.info({ event: "shard.snapshot", to }, "sending a snapshot to a replica");
    this.#sliceSoon();
  }

  #sliceSoon(): void {
    if (this.#isSliceDue) return;
    this.#isSliceDue = true;
    setImmediate(() => {
      this.#isSliceDue = false;
      this.continueSnapshots();
    });
  }

  #sendSlice(): void {
    const untilMs = performance.now() + SNAPSHOT_SLICE_MS;
    this.#sending = this.#sending.filter((sending) => this.#sendSome(sending, untilMs));
  }

  /** True: there is more. */
  #sendSome(sending: Sending, untilMs: number): boolean {
    const { snapshot, outgoing, to } = sending;
    const link = this.#options.linkTo(to);
    if (link === undefined) return this.#giveUp(sending);
    // Chunks are actions of the core, and leave when this step ends. The link goes on by itself when it has drained.
    let roomBytes = SNAPSHOT_QUEUED_BYTES_MAX - link.queuedBytes;
    try {
      while (roomBytes > 0) {
        if (performance.now() >= untilMs) {
          this.#sliceSoon();
          return true;
        }
        const bytes = snapshot.take();
        if (bytes === undefined) {
          this.#options.parts().primary?.finishSnapshot(outgoing);
          return false;
        }
        roomBytes -= bytes.length;
        if (!outgoing.send(bytes)) return this.#giveUp(sending);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#options.logger.warn(
        { event: "shard.snapshot-failed", to, err: error },
        "a value is too large for a snapshot: the replica has nothing until it is smaller",
      );
      this.#giveUp(sending);
      this.#options.parts().primary?.snapshotFailed(to, this.#options.steadyMs());
      return false;
    }
    return true;
  }

  #giveUp({ snapshot, outgoing }: Sending): false {
    outgoing.cancel();
    snapshot.giveUp();
    return false;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
