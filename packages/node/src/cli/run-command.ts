import { ConfigError } from "../config/config-error.ts";
import { SLOTCAST_VERSION } from "../slotcast-version.ts";
import { AdminError } from "./admin/admin-error.ts";
import { parseCommandLine, type CommandLine } from "./command-line.ts";
import { listenErrorText } from "./free-ports.ts";
import { helpText } from "./help.ts";
import { makeStyle, wantsColor } from "./style.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Runs `slotcast …` and resolves with the exit code: 0 for what was asked, 1 for what cannot be, with one
 * line on standard error. Everything heavy is loaded when its command is chosen.
 */
export async function runCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(parseCommandLine(argv), terminal);
  } catch (error) {
    const line = explain(error);
    if (line === undefined) throw error;
    terminal.complain(`slotcast: ${line}\n`);
    return 1;
  }
}

async function run(line: CommandLine, terminal: Terminal): Promise<number> {
  switch (line.command) {
    case "help": {
      const style = makeStyle({ hasColor: wantsColor(terminal) });
      terminal.print(helpText(line.about, style));
      return 0;
    }
    case "version":
      terminal.print(`slotcast ${SLOTCAST_VERSION}\n`);
      return 0;
    case "server": {
      const { runServer } = await import("./run-server.ts");
      return runServer(line.argv, terminal);
    }
    case "cluster": {
      const { launchCluster } = await import("./launch-cluster.ts");
      return launchCluster(line.argv, terminal);
    }
    case "admin": {
      const { runAdmin } = await import("./admin/run-admin.ts");
      return runAdmin(line.verb, line.argv, terminal);
    }
    case "bench": {
      // oxlint-disable-next-line no-restricted-imports -- only when asked for: a broker never pays for it
      const { runBench } = await import("@slotcast/bench");
      const { env, execPath, mainPath, isTerminal } = terminal;
      return runBench([...line.argv], {
        stdout: { write: terminal.print },
        stderr: { write: terminal.complain },
        isTty: isTerminal,
        env,
        execPath,
        serverEntry: mainPath,
        onInterrupt: terminal.onStopSignal,
      });
    }
  }
}

/** The line for an error that is the user's to solve; `undefined` for one that is ours. */
function explain(error: unknown): string | undefined {
  if (error instanceof ConfigError || error instanceof AdminError) return error.message;
  const isOfListen =
    error instanceof Error &&
    "syscall" in error &&
    (error.syscall === "listen" || error.syscall === "bind");
  if (!isOfListen) return undefined;
  const port = "port" in error ? Number(error.port) : 0;
  const host = "address" in error ? String(error.address) : "";
  return listenErrorText(error, { port, host });
}
