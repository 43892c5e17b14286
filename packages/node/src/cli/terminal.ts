import type { Bytes } from "@slotcast/protocol";
import type { Environment } from "../config/environment.ts";

/** What the command line needs of its process. Only main.ts makes one. */
export interface Terminal {
  readonly env: Environment;
  readonly cwd: string;
  /** How to start this Node again. */
  readonly execPath: string;
  /** The file of the command `slotcast`. */
  readonly mainPath: string;
  readonly isTerminal: boolean;
  /** What was asked for, to standard output. */
  readonly print: (text: string) => void;
  /** Talk and errors, to standard error. */
  readonly complain: (text: string) => void;
  readonly readStdin: () => Bytes;
  /**
   * Calls `listener` for each SIGINT and SIGTERM, which then no longer end the process, until the function
   * that is returned is called.
   */
  readonly onStopSignal: (listener: (signal: "SIGINT" | "SIGTERM") => void) => () => void;
  /** When a launcher started this process: calls `listener` once the launcher is gone. */
  onLauncherGone(listener: () => void): void;
  /** Did a launcher start this process? Then Ctrl-C is the launcher's business. */
  readonly hasLauncher: boolean;
}
