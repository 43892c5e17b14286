import { statSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import { loadConfig } from "../config/load-config.ts";
import { makeLogger, type RootLogger } from "../logger.ts";
import { wantsColor } from "./style.ts";
import type { Terminal } from "./terminal.ts";

/**
 * `slotcast server`: starts one node and resolves with the exit code when it has stopped, by SIGTERM, Ctrl-C,
 * SHUTDOWN or the end of its launcher. A second signal does not wait.
 */
export async function runServer(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { env, cwd, readStdin } = terminal;
  const config = loadConfig({ argv, env, cwd, readStdin });
  checkDirectory(config.get("dir"));
  const logger = openLog(config, terminal);
  config.onChange("loglevel", (level) => {
    logger.setLevel(level);
  });
  const idle = config.withoutEffect();
  if (idle.length > 0) logger.warn({ directives: idle }, "these directives have no effect here");
  // Here, and not at the top: `--help` and a bad directive answer without loading the broker.
  const { startServer } = await import("../server.ts");
  const server = await startServer(config, { logger });
  // Where NODE_COMPILE_CACHE says so, the next node starts in half the time, however this one ends.
  flushCompileCache();
  const secondSignal = new Promise<number>((resolveExitCode) => {
    let isStopping = false;
    const stop = (reason: string): void => {
      if (isStopping) resolveExitCode(SECOND_SIGNAL_EXIT_CODE);
      isStopping = true;
      logger.info({ reason }, "stop requested");
      void server.stop();
    };
    terminal.onStopSignal((signal) => {
      // Ctrl-C reaches every process of the terminal; the launcher tells its nodes itself.
      if (signal === "SIGTERM" || !terminal.hasLauncher) stop(signal);
    });
    terminal.onLauncherGone(() => {
      stop("the launcher is gone");
    });
  });
  const end = await Promise.race([server.stopped, secondSignal]);
  return end ?? 0;
}

const SECOND_SIGNAL_EXIT_CODE = 130;

function checkDirectory(dir: string): void {
  const stats = statSync(dir, { throwIfNoEntry: false });
  if (stats === undefined) throw new ConfigError(`dir: there is no directory ${dir}`);
  if (!stats.isDirectory()) throw new ConfigError(`dir: ${dir} is not a directory`);
}

function openLog(config: Config, terminal: Terminal): RootLogger {
  const logFile = config.get("logfile");
  const toTerminal = logFile === "" && terminal.isTerminal;
  const format = config.get("log-format");
  try {
    return makeLogger({
      level: config.get("loglevel"),
      format: format === "auto" ? (toTerminal ? "pretty" : "json") : format,
      logFile: logFile === "" ? undefined : resolve(config.get("dir"), logFile),
      hasColor: logFile === "" && wantsColor(terminal),
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`logfile: ${message}`);
  }
}
