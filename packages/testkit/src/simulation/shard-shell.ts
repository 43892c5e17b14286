import {
  decodeFrame,
  encodeFrame,
  type ClusterCore,
  type ReplicationFrame,
  type ShardAction,
} from "@slotcast/node";
import type { NodeId } from "@slotcast/control";
import { ascii, type Bytes } from "@slotcast/protocol";
import type { ClientDesk } from "./client-desk.ts";
import type { DataLinks } from "./data-links.ts";
import type { Keyspace } from "./keyspace.ts";
import { shortId } from "./packet.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { SnapshotSender } from "./snapshot-sender.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** What the outside learns of it. */
export interface ShardWatch {
  readonly isReadable: boolean;
  say(text: string): void;
  committed(offset: number): void;
  /** `asPrimary`: also when it is none any more, in the same turn. */
  applied(endOffset: number, asPrimary: boolean): void;
  /** A snapshot takes the place of all keys. */
  loading(): void;
  diverged(why: string): void;
}

export interface ShardShellOptions {
  readonly core: ClusterCore;
  readonly keyspace: Keyspace;
  readonly desk: ClientDesk;
  readonly links: DataLinks;
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  /** Frames are encoded and decoded on their way. */
  readonly isEncoded: boolean;
  readonly watch: ShardWatch;
  /** As a step of the process, when it is awake. */
  readonly later: (act: (nowMs: number) => void) => void;
}

const LOAD_MS_MAX = 10;

/** Does what the replication of a shard says: to the keyspace, the clients and the data links. */
export class ShardShell {
  readonly #options: ShardShellOptions;
  readonly #snapshotSender: SnapshotSender;
  /** As of the actions that were performed. */
  #isPrimary = false;
  /** That came in, whole or not. */
  #snapshots = 0;
  #snapshotParts: Bytes[] = [];

  constructor(options: ShardShellOptions) {
    this.#options = options;
    this.#snapshotSender = new SnapshotSender(options);
  }

  perform(action: ShardAction): void {
    const { keyspace, desk, watch } = this.#options;
    if (watch.isReadable && action.do !== "send" && action.do !== "apply") {
      watch.say(describe(action));
    }
    switch (action.do) {
      case "role":
        this.#isPrimary = action.role === "primary";
        break;
      case "discarded":
      case "propose-isr":
        break;
      case "serve":
        desk.serve();
        break;
      case "apply":
        keyspace.apply(action.effects);
        watch.applied(action.endOffset, this.#isPrimary);
        break;
      case "send":
        this.#send(action.to, action.frame);
        break;
      case "send-snapshot":
        this.#snapshotSender.begin(action.to, keyspace.snapshot());
        break;
      case "committed":
        watch.committed(action.offset);
        desk.committed();
        break;
      case "step-down":
        desk.stepDown();
        break;
      case "settled":
        desk.settled(action.sharedOffset);
        break;
      case "reset":
        watch.loading();
        this.#snapshots += 1;
        this.#snapshotParts = [];
        keyspace.clear();
        desk.reset();
        break;
      case "load-snapshot":
        this.#snapshotParts.push(action.bytes);
        break;
      case "finish-snapshot":
        this.#load();
        break;
      case "diverged":
        watch.diverged(action.why);
        break;
    }
  }

  #send(to: readonly NodeId[], frame: ReplicationFrame): void {
    const { isEncoded, links } = this.#options;
    const sent = isEncoded ? decodeFrame(encodeFrame(frame)) : frame;
    for (const nodeId of to) links.send(nodeId, sent);
  }

  /** Takes a while. Another one that begins meanwhile makes it void. */
  #load(): void {
    const { clock, random, core, keyspace, later } = this.#options;
    const number = this.#snapshots;
    clock.after(random.between(0, LOAD_MS_MAX), () => {
      later((nowMs) => {
        if (this.#snapshots !== number) return;
        keyspace.load(ascii(this.#snapshotParts.join("")));
        this.#snapshotParts = [];
        core.role.replica?.snapshotLoaded(nowMs);
      });
    });
  }
}

function describe(action: ShardAction): string {
  switch (action.do) {
    case "role":
      return `is a ${action.role} now`;
    case "serve":
      return "serves";
    case "committed":
      return `commits up to ${action.offset}`;
    case "step-down":
      return `steps down: ${action.why}`;
    case "settled":
      return `settles: shared up to ${action.sharedOffset}`;
    case "discarded":
      return `discards what is behind ${action.fromOffset}`;
    case "diverged":
      return `has diverged at ${action.offset}: ${action.why}`;
    case "send-snapshot":
      return `sends a snapshot to ${shortId(action.to)}`;
    default:
      return action.do;
  }
}
