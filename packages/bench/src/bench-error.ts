/** Something the person at the terminal can understand and act on: shown as one line, exit code 1. */
export class BenchError extends Error {
  override readonly name = "BenchError";
}

/** Ctrl-C. Unwinds everything that was started; exit code 130. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}
