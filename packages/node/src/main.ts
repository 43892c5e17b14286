#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import { fromBuffer } from "@slotcast/protocol";
import { runCommand } from "./cli/run-command.ts";
import type { Terminal } from "./cli/terminal.ts";

const STDIN = 0;
const STDOUT = 1;
/** A launcher that starts us gives us an IPC channel; how long it stays open says whether it lives. */
const hasLauncher = process.channel !== undefined;

/** This process, as the command line sees it. Nothing else reads argv, the environment or signals. */
const terminal: Terminal = {
  env: process.env,
  cwd: process.cwd(),
  execPath: process.execPath,
  mainPath: fileURLToPath(import.meta.url),
  isTerminal: isatty(STDOUT),
  hasLauncher,
  print: (text) => {
    process.stdout.write(text);
  },
  complain: (text) => {
    process.stderr.write(text);
  },
  readStdin: () => fromBuffer(readFileSync(STDIN)),
  onStopSignal: (listener) => {
    process.on("SIGINT", listener);
    process.on("SIGTERM", listener);
    return () => {
      process.off("SIGINT", listener);
      process.off("SIGTERM", listener);
    };
  },
  onLauncherGone: (listener) => {
    if (process.connected) process.on("disconnect", listener);
    else if (hasLauncher) listener();
  },
};

// `slotcast --help | head -1`: the reader has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

// Not `exitCode`: the launcher's channel, or a connection that a second Ctrl-C gave up, would keep us here.
process.exit(await runCommand(process.argv.slice(2), terminal));
