import type { Incarnation, ShardId } from "@slotcast/control";
import type { Bytes } from "@slotcast/protocol";
import type { EpochMark } from "./epoch-marks.ts";
import { FrameReader, FrameWriter, ID_BYTES } from "./frame-bytes.ts";

/** In every frame: which shard, and in which reign (for a replica: the one that it knows). */
interface Head {
  readonly shardId: ShardId;
  readonly epoch: number;
}

/** A primary begins its reign, or a link: who asked before it reigned asks again. */
export interface ReignFrame extends Head {
  readonly kind: "reign";
}

/** What a replica has. `appliedOffset`: what it cannot take back. */
export interface SyncRequestFrame extends Head {
  readonly kind: "sync-request";
  readonly incarnation: Incarnation;
  /** Repeated by the answers: one to an earlier request is void. */
  readonly request: number;
  /** "": it has nothing. */
  readonly historyId: string;
  readonly endOffset: number;
  readonly appliedOffset: number;
  /** At most EPOCH_MARKS_MAX. */
  readonly marks: readonly EpochMark[];
}

/** Partial sync: cut your log to this, batches from here on follow. */
export interface SyncPartialFrame extends Head {
  readonly kind: "sync-partial";
  readonly request: number;
  readonly commonOffset: number;
  readonly commonEpoch: number;
}

/**
 * Full sync: a snapshot will come. The sender's reign is established: what the replica has beyond `commonOffset` is in
 * no log that can still be promoted. `undefined`: the two logs cannot be compared.
 */
export interface SyncFullDueFrame extends Head {
  readonly kind: "sync-full-due";
  readonly request: number;
  readonly commonOffset: number | undefined;
}

/** The snapshot stands for the log up to `offset`. */
export interface SyncFullBeginFrame extends Head {
  readonly kind: "sync-full-begin";
  readonly request: number;
  readonly historyId: string;
  readonly offset: number;
  /** Of the log up to `offset`. */
  readonly hash: number;
  /** For progress; 0: unknown. */
  readonly sizeBytes: number;
  /** Of the log up to `offset`. At most EPOCH_MARKS_MAX. */
  readonly marks: readonly EpochMark[];
}

export interface SnapshotChunkFrame extends Head {
  readonly kind: "snapshot-chunk";
  /** Bytes of the snapshot before this chunk. */
  readonly position: number;
  readonly bytes: Bytes;
}

/** Sent when the snapshot's offset is committed: a replica holds committed data only. */
export interface SyncFullEndFrame extends Head {
  readonly kind: "sync-full-end";
  readonly sizeBytes: number;
  /** CRC-32 of the whole snapshot. */
  readonly hash: number;
}

export interface BatchFrame extends Head {
  readonly kind: "batch";
  /** The reign that wrote the effects: an older one while a replica catches up. */
  readonly writtenEpoch: number;
  readonly firstOffset: number;
  /** May be beyond the batch. */
  readonly commitOffset: number;
  /** Of the log up to `firstOffset`: not equal to the replica's, their logs differ. */
  readonly hashBefore: number;
  /** And with the effects: not equal, the effects were damaged. */
  readonly hashAfter: number;
  /** Whole effects; empty to tell the commit offset, or that a reign began. */
  readonly effects: Bytes;
}

/** This process has all up to `offset` of the log of that reign. */
export interface AckFrame extends Head {
  readonly kind: "ack";
  readonly incarnation: Incarnation;
  readonly offset: number;
}

/** You are not the primary any more: `epoch` is a younger reign. */
export interface RefusedFrame extends Head {
  readonly kind: "refused";
}

/** What travels on a data link. */
export type ReplicationFrame =
  | ReignFrame
  | SyncRequestFrame
  | SyncPartialFrame
  | SyncFullDueFrame
  | SyncFullBeginFrame
  | SnapshotChunkFrame
  | SyncFullEndFrame
  | BatchFrame
  | AckFrame
  | RefusedFrame;

/** The first byte of a frame (docs/replication.md). Wire format: append, never renumber. */
const KINDS = {
  reign: 1,
  "sync-request": 2,
  "sync-partial": 3,
  "sync-full-due": 4,
  "sync-full-begin": 5,
  "snapshot-chunk": 6,
  "sync-full-end": 7,
  batch: 8,
  ack: 9,
  refused: 10,
} as const satisfies Record<ReplicationFrame["kind"], number>;

/** Kind, shard, epoch. */
const HEAD_BYTES = 1 + ID_BYTES + 8;
const MARK_BYTES = 16;
const BATCH_HEAD_BYTES = HEAD_BYTES + 8 + 8 + 8 + 4 + 4;
const CHUNK_HEAD_BYTES = HEAD_BYTES + 8;

/** The bytes of a frame. Encode a frame once and send it to all who are owed it. */
export function encodeFrame(frame: ReplicationFrame): Buffer {
  const writer = new FrameWriter(sizeOf(frame));
  writer.u8(KINDS[frame.kind]).id(frame.shardId).u64(frame.epoch);
  switch (frame.kind) {
    case "reign":
    case "refused":
      break;
    case "sync-request":
      writer.u64(frame.incarnation).u32(frame.request).id(frame.historyId);
      writer.u64(frame.endOffset).u64(frame.appliedOffset).marks(frame.marks);
      break;
    case "sync-partial":
      writer.u32(frame.request).u64(frame.commonOffset).u64(frame.commonEpoch);
      break;
    case "sync-full-due":
      writer.u32(frame.request).u8(frame.commonOffset === undefined ? 0 : 1);
      writer.u64(frame.commonOffset ?? 0);
      break;
    case "sync-full-begin":
      writer.u32(frame.request).id(frame.historyId).u64(frame.offset).u32(frame.hash);
      writer.u64(frame.sizeBytes).marks(frame.marks);
      break;
    case "snapshot-chunk":
      writer.u64(frame.position).bytes(frame.bytes);
      break;
    case "sync-full-end":
      writer.u64(frame.sizeBytes).u32(frame.hash);
      break;
    case "batch":
      writer.u64(frame.writtenEpoch).u64(frame.firstOffset).u64(frame.commitOffset);
      writer.u32(frame.hashBefore).u32(frame.hashAfter).bytes(frame.effects);
      break;
    case "ack":
      writer.u64(frame.incarnation).u64(frame.offset);
      break;
  }
  return writer.finish();
}

function sizeOf(frame: ReplicationFrame): number {
  switch (frame.kind) {
    case "reign":
    case "refused":
      return HEAD_BYTES;
    case "sync-request":
      return HEAD_BYTES + 8 + 4 + ID_BYTES + 8 + 8 + 1 + MARK_BYTES * frame.marks.length;
    case "sync-partial":
      return HEAD_BYTES + 4 + 8 + 8;
    case "sync-full-due":
      return HEAD_BYTES + 4 + 1 + 8;
    case "sync-full-begin":
      return HEAD_BYTES + 4 + ID_BYTES + 8 + 4 + 8 + 1 + MARK_BYTES * frame.marks.length;
    case "snapshot-chunk":
      return CHUNK_HEAD_BYTES + frame.bytes.length;
    case "sync-full-end":
      return HEAD_BYTES + 8 + 4;
    case "batch":
      return BATCH_HEAD_BYTES + frame.effects.length;
    case "ack":
      return HEAD_BYTES + 8 + 8;
  }
}

/**
 * The frame that `body` is. Strings are the caller's own; nothing of `body` is kept. Throws TypeError for anything that
 * `encodeFrame` would not make of a frame with sound numbers: then the link is done.
 */
export function decodeFrame(body: Buffer): ReplicationFrame {
  const reader = new FrameReader(body);
  const kind = reader.u8();
  const head = { shardId: reader.id(), epoch: reader.u64() };
  const frame = decodeBody(kind, head, reader);
  reader.end();
  return frame;
}

function decodeBody(kind: number, head: Head, reader: FrameReader): ReplicationFrame {
  switch (kind) {
    case KINDS.reign:
      return { kind: "reign", ...head };
    case KINDS["sync-request"]:
      return {
        kind: "sync-request",
        ...head,
        incarnation: reader.u64(),
        request: reader.u32(),
        historyId: reader.id(),
        endOffset: reader.u64(),
        appliedOffset: reader.u64(),
        marks: reader.marks(),
      };
    case KINDS["sync-partial"]:
      return {
        kind: "sync-partial",
        ...head,
        request: reader.u32(),
        commonOffset: reader.u64(),
        commonEpoch: reader.u64(),
      };
    case KINDS["sync-full-due"]:
      return {
        kind: "sync-full-due",
        ...head,
        request: reader.u32(),
        commonOffset: reader.optionalU64(),
      };
    case KINDS["sync-full-begin"]:
      return {
        kind: "sync-full-begin",
        ...head,
        request: reader.u32(),
        historyId: reader.id(),
        offset: reader.u64(),
        hash: reader.u32(),
        sizeBytes: reader.u64(),
        marks: reader.marks(),
      };
    case KINDS["snapshot-chunk"]:
      return { kind: "snapshot-chunk", ...head, position: reader.u64(), bytes: reader.rest() };
    case KINDS["sync-full-end"]:
      return { kind: "sync-full-end", ...head, sizeBytes: reader.u64(), hash: reader.u32() };
    case KINDS.batch:
      return {
        kind: "batch",
        ...head,
        writtenEpoch: reader.u64(),
        firstOffset: reader.u64(),
        commitOffset: reader.u64(),
        hashBefore: reader.u32(),
        hashAfter: reader.u32(),
        effects: reader.rest(),
      };
    case KINDS.ack:
      return { kind: "ack", ...head, incarnation: reader.u64(), offset: reader.u64() };
    case KINDS.refused:
      return { kind: "refused", ...head };
    default:
      throw new TypeError(`replication frame of unknown kind ${kind}`);
  }
}
