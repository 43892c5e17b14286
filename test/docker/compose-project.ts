import { join } from "node:path";
import { until } from "@slotcast/testkit";
import { runProgram, type ProgramOptions } from "./run-program.ts";

/** The services of docker-compose.yml: three primaries and three replicas, whichever is which. */
export const SERVICES: readonly string[] = [1, 2, 3, 4, 5, 6].map((number) => `node-${number}`);

/** Of its own, so that a cluster started by hand from the same file keeps its containers and volumes. */
const PROJECT = "slotcast-docker-test";
const FILE = join(import.meta.dirname, "../../docker-compose.yml");
/** Six nodes start at once, and the first health check comes after 5 s. */
const HEALTHY_WITHIN_MS = 60_000;

/** The fields of `docker inspect` that the steps look at. */
export interface Container {
  readonly Id: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Health: { readonly Status: string };
  };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> };
}

/** docker-compose.yml as one project, driven by `docker compose` or `docker-compose`. */
export class ComposeProject {
  readonly #command: readonly string[];

  /** `command`: ["docker", "compose"] or ["docker-compose"]. */
  constructor(command: readonly string[]) {
    this.#command = command;
  }

  /** Resolves with what `docker compose ARGS` wrote to its standard output. */
  async run(args: readonly string[], options?: ProgramOptions): Promise<string> {
    const command = [...this.#command, "-p", PROJECT, "-f", FILE, ...args];
    const { stdout } = await runProgram(command, options);
    return stdout;
  }

  async untilHealthy(service: string): Promise<void> {
    await until(async () => (await this.inspect(service)).State.Health.Status === "healthy", {
      withinMs: HEALTHY_WITHIN_MS,
      what: `a healthy ${service}`,
    });
  }

  async inspect(service: string): Promise<Container> {
    const [id, ...more] = await this.leftovers("container", service);
    if (id === undefined || more.length > 0) throw new Error(`no one container of ${service}`);
    const { stdout } = await runProgram(["docker", "inspect", id]);
    const [container]: Container[] = JSON.parse(stdout);
    if (container === undefined) throw new Error(`nothing known of ${service}`);
    return container;
  }

  /** What a command in the service's container prints. */
  async exec(service: string, command: readonly string[]): Promise<string> {
    const { Id } = await this.inspect(service);
    const { stdout } = await runProgram(["docker", "exec", Id, ...command]);
    return stdout.trim();
  }

  /** The ids of what belongs to this project, running or not; of one service, or of all. */
  async leftovers(kind: "container" | "network" | "volume", service?: string): Promise<string[]> {
    const filters = [`label=com.docker.compose.project=${PROJECT}`];
    if (service !== undefined) filters.push(`label=com.docker.compose.service=${service}`);
    const all = kind === "container" ? ["--all"] : [];
    const { stdout } = await runProgram([
      ...["docker", kind, "ls", "--quiet", ...all],
      ...filters.flatMap((filter) => ["--filter", filter]),
    ]);
    return stdout.split("\n").filter((line) => line !== "");
  }
}
