import type { Config } from "../config/config.ts";
import type { Environment } from "../config/environment.ts";
import type { NodePlan } from "./cluster-plan.ts";
import { STILL_WAITING_MS, STOP_GRACE_MS } from "./limits.ts";
import { NodeProcess } from "./node-process.ts";
import { untilReady } from "./node-readiness.ts";
import { makeStyle, wantsColor, type Style } from "./style.ts";
import type { Terminal } from "./terminal.ts";
import { whatToTry } from "./what-to-try.ts";

const SECOND_SIGNAL_EXIT_CODE = 130;

/** The processes of `slotcast cluster`, their common log, and the way to stop them. Owner: launchCluster. */
export class RunningCluster {
  readonly #plans: readonly NodePlan[];
  readonly #replicas: number;
  readonly #config: Config;
  readonly #terminal: Terminal;
  readonly #startedAtMs: number;
  readonly #style: Style;
  readonly #nodes: readonly NodeProcess[];
  readonly #stopWaiting = new AbortController();
  readonly #done: Promise<number>;
  #finish: (exitCode: number) => void = () => {};
  #isReady = false;
  #isStopping = false;

  /** `config` is that of the first node: all have the same but for ports, names and directories. */
  constructor(options: {
    readonly plans: readonly NodePlan[];
    /** Of each primary. */
    readonly replicas: number;
    readonly config: Config;
    readonly env: Environment;
    readonly terminal: Terminal;
    /** When the command began, by `performance.now`. */
    readonly startedAtMs: number;
  }) {
    const { plans, replicas, config, env, terminal, startedAtMs } = options;
    this.#plans = plans;
    this.#replicas = replicas;
    this.#config = config;
    this.#terminal = terminal;
    this.#startedAtMs = startedAtMs;
    const hasColor = wantsColor(terminal);
    this.#style = makeStyle({ hasColor });
    this.#done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#nodes = plans.map((plan, index) => {
      const print = this.#printerFor(plan.name, index);
      return new NodeProcess({
        execPath: terminal.execPath,
        argv: [terminal.mainPath, "server", ...withLogFormat(plan.argv, config)],
        env: hasColor ? { ...env, FORCE_COLOR: "1" } : env,
        onLine: print,
        onDeath: (death) => this.#died(plan, death),
      });
    });
  }

  /** Starts all nodes; resolves with the exit code when all have ended. */
  async run(): Promise<number> {
    this.#terminal.onStopSignal((signal) => {
      this.#stopAsked(signal);
    });
    const [first] = this.#plans;
    const last = this.#plans.at(-1);
    this.#say(
      `starting ${this.#plans.length} nodes on ports ${first?.port}-${last?.port}, data in ${parentOf(first)}`,
    );
    for (const node of this.#nodes) node.start();
    void this.#announceReadiness();
    return this.#done;
  }

  async #announceReadiness(): Promise<void> {
    const waitingFor = new Set(this.#plans.map(({ name }) => name));
    const reminder = setInterval(() => {
      this.#say(`still waiting for ${[...waitingFor].join(", ")}`);
    }, STILL_WAITING_MS);
    const { signal } = this.#stopWaiting;
    const asked = this.#plans.map(async ({ name, host, port }) => {
      const password = this.#config.get("requirepass");
      const nodes = this.#plans.length;
      const replicas = this.#replicas;
      if (!(await untilReady({ host, port, password, nodes, replicas, signal }))) return;
      waitingFor.delete(name);
      this.#say(`${name} is ready (${nodes - waitingFor.size} of ${nodes})`);
    });
    await Promise.all(asked);
    clearInterval(reminder);
    if (signal.aborted) return;
    this.#isReady = true;
    const tookMs = Math.round(performance.now() - this.#startedAtMs);
    this.#say(`the cluster is ready after ${tookMs} ms`);
    const ports = this.#plans.map(({ port }) => port);
    this.#terminal.print(
      whatToTry({ ports, password: this.#config.get("requirepass") }, this.#style),
    );
  }

  /** How long until the node is started again; `undefined` when it is not. */
  #died(
    plan: NodePlan,
    death: { readonly reason: string; readonly delayMs: number },
  ): number | undefined {
    if (this.#isStopping) return undefined;
    if (!this.#isReady) {
      // It cannot start; it said why, and would say it again.
      this.#terminal.complain(
        `slotcast: ${plan.name} (port ${plan.port}) did not start: ${death.reason}\n`,
      );
      void this.#stop(1);
      return undefined;
    }
    this.#say(`${plan.name} died: ${death.reason}; starting it again in ${death.delayMs} ms`);
    return death.delayMs;
  }

  #stopAsked(signal: string): void {
    if (!this.#isStopping) {
      this.#say(`stopping (${signal}); once more to stop at once`);
      void this.#stop(0);
      return;
    }
    for (const node of this.#nodes) node.kill();
    this.#finish(SECOND_SIGNAL_EXIT_CODE);
  }

  async #stop(exitCode: number): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#stopWaiting.abort();
    const killAfterMs = this.#config.get("shutdown-timeout") * 1000 + STOP_GRACE_MS;
    await Promise.all(
      this.#nodes.map(async (node, index) => {
        if (await node.stop(killAfterMs)) return;
        this.#say(`${this.#plans[index]?.name} did not stop in time: it was killed`);
      }),
    );
    this.#say("all nodes have stopped");
    this.#finish(exitCode);
  }

  #say(text: string): void {
    this.#terminal.print(
      `${this.#style.bold("slotcast")}${this.#gap("slotcast")} ${this.#style.dim("|")} ${text}\n`,
    );
  }

  #printerFor(name: string, index: number): (line: string) => void {
    const prefix = `${this.#style.nth(index, name)}${this.#gap(name)} ${this.#style.dim("|")} `;
    return (line) => {
      this.#terminal.print(`${prefix}${line}\n`);
    };
  }

  /** Fills a name up to the longest, so that the bars stand below each other. */
  #gap(name: string): string {
    const width = Math.max("slotcast".length, ...this.#plans.map((plan) => plan.name.length));
    return " ".repeat(width - name.length);
  }
}

/** People read this stream, also through a pipe: pretty unless they chose. */
function withLogFormat(argv: readonly string[], config: Config): string[] {
  return config.get("log-format") === "auto" ? [...argv, "--log-format=pretty"] : [...argv];
}

function parentOf(plan: NodePlan | undefined): string {
  return plan === undefined ? "" : plan.dir.replace(/[/\\][^/\\]*$/, "");
}
