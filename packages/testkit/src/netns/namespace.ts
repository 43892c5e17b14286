import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/**
 * A Linux network namespace without a name: it lives as long as a process in it, and the one that holds it ends with
 * this process, however that ends. So nothing is ever left behind. Needs root, and `unshare` and `nsenter` (util-linux).
 */
export class Namespace implements AsyncDisposable {
  readonly #holder: ChildProcess;
  readonly #closed: Promise<unknown>;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
    this.#closed = once(holder, "close");
  }

  /** Rejects with what `unshare` said when there may be none. */
  static async create(): Promise<Namespace> {
    // `cat` ends with our end of its input.
    const holder = spawn("unshare", ["--net", "cat"], { stdio: "pipe" });
    await once(holder, "spawn");
    const namespace = new Namespace(holder);
    const complaint = text(holder.stderr);
    const echoed = once(holder.stdout, "data");
    holder.stdin.on("error", () => undefined); // it ended already: `complaint` says why
    holder.stdin.write("entered\n"); // answered from inside
    const isInside = await Promise.race([echoed.then(() => true), once(holder, "close")]);
    if (isInside !== true) throw new Error((await complaint).trim());
    return namespace;
  }

  /** The process by which `ip` finds it. */
  get pid(): number {
    return this.#holder.pid ?? 0;
  }

  /** Starts a program in it. The process is the program itself: its pid, its signals, its descriptors. */
  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    return spawn("nsenter", [`--net=/proc/${this.pid}/ns/net`, command, ...args], options);
  }

  /** Runs a program to its end, with these lines as its input. Rejects with what it complained of. */
  async run(command: string, args: readonly string[], lines: readonly string[]): Promise<void> {
    const child = this.spawn(command, args, { stdio: ["pipe", "ignore", "pipe"] });
    const ended = once(child, "close");
    child.stdin?.end(`${lines.join("\n")}\n`);
    const complaint = child.stderr === null ? "" : await text(child.stderr);
    const [code] = await ended;
    if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${complaint.trim()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.kill("SIGKILL");
    await this.#closed;
  }
}
