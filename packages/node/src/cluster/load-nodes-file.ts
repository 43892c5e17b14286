import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { ConfigError } from "../config/config-error.ts";
import { formatNodesFile, parseNodesFile, type NodesFile } from "../config/nodes-file.ts";

/**
 * Reads the nodes file. When there is none, the node is new: it gets an id, no slots and no peers, and the
 * file is written, as Redis does. Throws ConfigError with one line for the operator. Blocks: once, at start.
 */
export function loadNodesFile(
  path: string,
  self: { readonly port: number; readonly busPort: number },
): NodesFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (!isMissing(error)) throw unusable(path, "read", error);
    return createNodesFile(path, self);
  }
  return parseNodesFile(text, { path });
}

function createNodesFile(
  path: string,
  self: { readonly port: number; readonly busPort: number },
): NodesFile {
  const file: NodesFile = {
    nodes: [
      {
        id: randomBytes(20).toString("hex"),
        host: "",
        port: self.port,
        busPort: self.busPort,
        hostname: "",
        nodename: "",
        flags: ["myself", "master"],
        primaryId: undefined,
        epoch: 0,
        slots: [],
        announced: [],
        aux: {},
      },
    ],
    currentEpoch: 0,
    lastVoteEpoch: 0,
  };
  try {
    // `wx`: another node that starts in the same directory must not get our id.
    writeFileSync(path, formatNodesFile(file), { flag: "wx" });
  } catch (error) {
    throw unusable(path, "write", error);
  }
  return file;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function unusable(path: string, verb: "read" | "write", error: unknown): ConfigError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ConfigError(`cluster-config-file: cannot ${verb} ${path}: ${reason}`);
}
