import type { Logger } from "../logger.ts";

/** As sysexits.h calls an I/O error. */
const EXIT_CODE = 74;

/**
 * What is done when a voter's disk fails: the process ends. It may have lost what it was about to promise, and a
 * second try proves nothing: after a failed fsync the kernel drops the pages and reports the next fsync as a success.
 * It starts again with what is really there.
 *
 * Source: Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020.
 */
export function exitOnDiskFailure(logger: Logger): (failure: Error) => void {
  return (failure) => {
    logger.fatal({ err: failure }, "the disk failed: what this node voted may be lost");
    process.exit(EXIT_CODE);
  };
}
