import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { open, rename, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

/** While it is being written a file has this behind its name. One that is left there means nothing. */
const UNFINISHED = ".new";

/** Makes what was written to an open file, or to a directory, survive a power failure. */
export type Sync = (file: FileHandle) => Promise<void>;

export const syncFile: Sync = async (file) => {
  await file.sync();
};

/**
 * Puts a file in the place of another: after a crash there is the one or the other, whole. Resolves to the new one,
 * open for writing, when it is durable and has its name. Rejects when the disk failed; then the old one may be there.
 */
export async function replaceFile(
  path: string,
  bytes: Buffer,
  sync: Sync = syncFile,
): Promise<FileHandle> {
  const file = await open(path + UNFINISHED, "w");
  try {
    await writeAt(file, bytes, 0);
    await sync(file);
    await rename(path + UNFINISHED, path);
    await syncDirectory(dirname(path), sync);
  } catch (error) {
    await file.close();
    throw error;
  }
  return file;
}

/** A file's name is part of its directory, and so is that there is none. */
export async function syncDirectory(path: string, sync: Sync): Promise<void> {
  const directory = await open(path, "r");
  try {
    await sync(directory);
  } finally {
    await directory.close();
  }
}

/** A write may take less than all of it. */
export async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const left = bytes.length - written;
    const { bytesWritten } = await file.write(bytes, written, left, position + written);
    written += bytesWritten;
  }
}

/** `undefined`: there is no such file. Throws when it cannot be read. Blocks: for the start of a process. */
export function readIfThere(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}

/** As replaceFile. Blocks: for the start of a process. */
export function replaceFileNow(path: string, bytes: Buffer): void {
  const file = openSync(path + UNFINISHED, "w");
  try {
    for (let written = 0; written < bytes.length;) {
      written += writeSync(file, bytes, written);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(path + UNFINISHED, path);
  const directory = openSync(dirname(path), "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
