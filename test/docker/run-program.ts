import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** What a program wrote to its standard output and its standard error. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly timeoutMs?: number;
  /** Beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Longer than anything but a build takes; a program that hangs is killed then, and the step fails. */
const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Runs a program to its end. Rejects when its exit code is not 0, when it does not exist, or when it takes longer
 * than `timeoutMs`; the message holds the command and all it wrote.
 */
export async function runProgram(
  command: readonly string[],
  options: ProgramOptions = {},
): Promise<Output> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, env = {}, stdin = "" } = options;
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve(code === null ? `killed by ${signal} within ${timeoutMs} ms` : `exit code ${code}`);
    });
  });
  child.stdin.on("error", () => {
    // It ended without reading its input: its exit code says whether that is a failure.
  });
  child.stdin.end(stdin);
  const [end, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (end === "exit code 0") return { stdout, stderr };
  throw new Error(`${command.join(" ")}: ${end}\n${stdout}${stderr}`.trimEnd());
}
