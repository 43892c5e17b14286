import assert from "node:assert/strict";
import { open, type FileHandle } from "node:fs/promises";
import {
  afterWrite,
  diskWriteFromPlain,
  diskWriteToPlain,
  type DiskWrite,
  type StoredState,
} from "@slotcast/control";
import { DamagedLogError, encodeRecord, fileHead, scanLog } from "./control-records.ts";
import { readIfThere, replaceFile, writeAt, type Sync } from "./durable-file.ts";
import { REWRITE_BYTES_MIN, REWRITE_GROWTH } from "./limits.ts";

const NOTHING_STORED: StoredState = { hardState: { term: 0, votedFor: undefined }, entries: [] };

/** What a file held. */
interface LoadedLog {
  readonly state: StoredState;
  readonly recordCount: number;
  readonly sizeBytes: number;
  /** What it was when it was last written anew. */
  readonly firstRecordBytes: number;
  /** Behind them, of a last record that was torn. It was never confirmed to anybody: the next write cuts it off. */
  readonly tornBytes: number;
}

/**
 * Reads the log of a voter, without a last record that was torn. `undefined`: there is none. Throws DamagedLogError
 * when it holds anything else than what was written. Blocks: for the start of a process. Changes nothing: the process
 * may turn out to be a second one of the same node, which ends when it finds its port taken.
 */
export function loadControlLog(path: string, nodeId: string): LoadedLog | undefined {
  const file = readIfThere(path);
  if (file === undefined) return undefined;
  const { records, endOffset } = scanLog(file, nodeId);
  let state = NOTHING_STORED;
  for (const [index, { offset, body }] of records.entries()) {
    try {
      const write = diskWriteFromPlain(JSON.parse(body.toString("utf8")));
      checkFit(state, write, index === 0);
      state = afterWrite(state, write);
    } catch (error) {
      throw new DamagedLogError(offset, error instanceof Error ? error.message : String(error));
    }
  }
  return {
    state,
    recordCount: records.length,
    sizeBytes: endOffset,
    firstRecordBytes: records[0]?.body.length ?? 0,
    tornBytes: file.length - endOffset,
  };
}

/** Each record is as it was written, so this only fails when some are missing, or are another file's. */
function checkFit(state: StoredState, write: DiskWrite, isFirst: boolean): void {
  const { hardState, snapshot, truncateFrom = Infinity, entries } = write;
  if (snapshot !== undefined && !isFirst) throw new TypeError("a snapshot that is not the first");
  if ((hardState?.term ?? Infinity) < state.hardState.term)
    throw new TypeError("the term goes back");
  const [first] = entries;
  if (first === undefined) return;
  const base = (snapshot ?? state.snapshot)?.index ?? 0;
  const last = Math.min(state.entries.at(-1)?.index ?? base, truncateFrom - 1);
  if (first.index !== last + 1) throw new TypeError(`entry ${first.index} behind entry ${last}`);
}

/**
 * What a voter must not forget, in a file (docs/control.md). A write is appended as one record; a snapshot, and a log
 * that has become long, takes the place of the whole file. Resolves when it is durable.
 *
 * When a write fails nothing is known about the file any more, and it is not tried again: pages that a failed fsync
 * has dropped would be reported as written by the next one. Owner: ControlStore.
 */
export class ControlLog {
  readonly #path: string;
  readonly #nodeId: string;
  readonly #sync: Sync;
  #state: StoredState;
  #file: FileHandle | undefined;
  #exists: boolean;
  #recordCount: number;
  #sizeBytes: number;
  #sizeWhenWrittenAnew: number;
  /** Stays so when a write has failed. */
  #isWriting = false;

  constructor(options: {
    readonly path: string;
    readonly nodeId: string;
    readonly loaded: LoadedLog | undefined;
    readonly sync: Sync;
  }) {
    const { path, nodeId, loaded, sync } = options;
    this.#path = path;
    this.#nodeId = nodeId;
    this.#sync = sync;
    this.#state = loaded?.state ?? NOTHING_STORED;
    this.#exists = loaded !== undefined;
    this.#recordCount = loaded?.recordCount ?? 0;
    this.#sizeBytes = loaded?.sizeBytes ?? 0;
    this.#sizeWhenWrittenAnew = loaded?.firstRecordBytes ?? 0;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** One at a time. */
  async write(write: DiskWrite): Promise<void> {
    assert(!this.#isWriting, "one write at a time, and none after a failure");
    this.#isWriting = true;
    this.#state = afterWrite(this.#state, write);
    if (write.snapshot !== undefined || !this.#exists || this.#isLong) await this.#writeAnew();
    else await this.#append(write);
    this.#isWriting = false;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** Elections write too, and no snapshot comes of them. */
  get #isLong(): boolean {
    const grownBytes = this.#sizeWhenWrittenAnew * REWRITE_GROWTH;
    return this.#sizeBytes > Math.max(REWRITE_BYTES_MIN, grownBytes);
  }

  async #append(write: DiskWrite): Promise<void> {
    const file = (this.#file ??= await this.#openAtEnd());
    const record = encodeRecord(this.#recordCount + 1, JSON.stringify(diskWriteToPlain(write)));
    await writeAt(file, record, this.#sizeBytes);
    await this.#sync(file);
    this.#recordCount += 1;
    this.#sizeBytes += record.length;
  }

  /** What is written may be shorter than what was torn. */
  async #openAtEnd(): Promise<FileHandle> {
    const file = await open(this.#path, "r+");
    await file.truncate(this.#sizeBytes);
    return file;
  }

  async #writeAnew(): Promise<void> {
    const text = JSON.stringify(diskWriteToPlain(this.#state));
    const bytes = Buffer.concat([fileHead(this.#nodeId), encodeRecord(1, text)]);
    const file = await replaceFile(this.#path, bytes, this.#sync);
    await this.#file?.close();
    this.#file = file;
    this.#exists = true;
    this.#recordCount = 1;
    this.#sizeBytes = bytes.length;
    this.#sizeWhenWrittenAnew = bytes.length;
  }
}
