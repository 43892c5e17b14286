import { spawnSync } from "node:child_process";

/** A program and its arguments. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

export type Role = "server" | "generator";

/**
 * One core for the generators, so that they are as fast beside either server. The servers may use what there is:
 * V8 compiles and collects garbage on threads of its own.
 */
const CORES = { server: "0,1", generator: "1" } as const satisfies Record<Role, string>;

/** Which core runs what, the same for both servers. */
export class Pinning {
  readonly isOn: boolean;

  private constructor(options: { readonly isOn: boolean }) {
    this.isOn = options.isOn;
  }

  /** On when both cores can be had with `taskset`. */
  static probe(): Pinning {
    const isOn = Object.values(CORES).every((core) => {
      const { status } = spawnSync("taskset", ["-c", core, "true"], { timeout: 5_000 });
      return status === 0;
    });
    return new Pinning({ isOn });
  }

  static off(): Pinning {
    return new Pinning({ isOn: false });
  }

  /** `taskset` becomes the command, so the pid of the child is that of the command. */
  apply(role: Role, { command, args }: Command): Command {
    if (!this.isOn) return { command, args };
    return { command: "taskset", args: ["-c", CORES[role], command, ...args] };
  }

  toString(): string {
    return this.isOn
      ? `servers on any core, all generators on core ${CORES.generator}, unless a row says otherwise`
      : "not pinned: no taskset, or fewer than two cores";
  }
}
