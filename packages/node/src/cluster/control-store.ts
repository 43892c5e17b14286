import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { DiskWrite, Facts, IsrMember, StoredState } from "@slotcast/control";
import { ConfigError } from "../config/config-error.ts";
import type { Logger } from "../logger.ts";
import { ControlLog, loadControlLog } from "./control-log.ts";
import { DamagedLogError } from "./control-records.ts";
import {
  readIfThere,
  replaceFile,
  replaceFileNow,
  syncDirectory,
  syncFile,
  type Sync,
} from "./durable-file.ts";
import { FactsFile, loadFacts } from "./facts-file.ts";
import { CLOSE_WRITE_MS } from "./limits.ts";
import { encodeIdentity, loadIdentity, type NodeIdentity } from "./node-identity.ts";
import { WRITTEN_HERE } from "./nodes-file.ts";

/** What a node of a cluster keeps on disk. One name, so that several nodes may share a directory. */
export interface ControlPaths {
  /** `cluster-config-file`. */
  readonly nodes: string;
  readonly identity: string;
  readonly log: string;
  readonly facts: string;
}

/** `nodes.conf`: `nodes.identity`, `nodes.control.log`, `nodes.facts`. */
export function controlPaths(nodesPath: string): ControlPaths {
  const stem = nodesPath.replace(/\.conf$/, "");
  return {
    nodes: nodesPath,
    identity: `${stem}.identity`,
    log: `${stem}.control.log`,
    facts: `${stem}.facts`,
  };
}

export interface ControlStoreOptions {
  readonly paths: ControlPaths;
  readonly logger: Logger;
  /** For a node without a past. 40 hex digits. */
  readonly newNodeId: () => string;
  /** What a voter wrote may be lost: it must not say another word. Ends the process. */
  readonly diskFailed: (failure: Error) => void;
  /** For tests: a disk that fails. */
  readonly sync?: Sync;
}

/**
 * A node's memory beyond its process: who it is, what it has decided as a voter, which facts it knew last.
 * docs/control.md has the files byte by byte.
 *
 * Opening it blocks, and begins another incarnation, which is durable before it is told to anybody.
 * Owner: ClusterNode.
 */
export class ControlStore {
  /** This process. */
  readonly self: IsrMember;
  /** What this node has voted and heard; `undefined`: nothing. */
  readonly restored: StoredState | undefined;
  readonly savedFacts: Facts | undefined;
  /** Last records of the log that a crash had torn, and that are left out. */
  readonly tornRecords: number;
  readonly #options: ControlStoreOptions;
  readonly #sync: Sync;
  #log: ControlLog;
  readonly #facts: FactsFile;
  #identity: NodeIdentity;
  /** The latest write. */
  #writing: Promise<void> = Promise.resolve();
  #hasFailed = false;

  /** Throws ConfigError with one line when a file is damaged or missing: to go on could be to vote twice. */
  constructor(options: ControlStoreOptions) {
    const { paths, logger, sync = syncFile } = options;
    this.#options = options;
    this.#sync = sync;
    const before = read(paths.identity, loadIdentity) ?? newIdentity(options);
    const { nodeId } = before;
    // Without `hasLog` what is there was never confirmed, or was given up: see `adopt`.
    const loaded = before.hasLog
      ? read(paths.log, (path) => loadControlLog(path, nodeId))
      : undefined;
    if (loaded === undefined && before.hasLog) {
      throw lost(paths.log, "it is missing, and this node has voted");
    }
    if (loaded !== undefined && loaded.tornBytes > 0) {
      const { tornBytes } = loaded;
      logger.warn({ path: paths.log, tornBytes }, "left out a record that a crash had torn");
    }
    this.restored = loaded?.state;
    this.tornRecords = loaded !== undefined && loaded.tornBytes > 0 ? 1 : 0;
    const facts = read(paths.facts, loadFacts);
    // In that cluster only this node could decide, and what it decided was given up: it was on its way to another one.
    const isOver =
      loaded === undefined && facts?.voters.every((voter) => voter === nodeId) === true;
    this.savedFacts = isOver ? undefined : facts;
    this.#identity = {
      nodeId,
      incarnation: before.incarnation + 1,
      hasLog: loaded !== undefined,
    };
    this.self = { nodeId, incarnation: this.#identity.incarnation };
    read(paths.identity, (path) => {
      replaceFileNow(path, encodeIdentity(this.#identity));
    });
    this.#log = new ControlLog({ path: paths.log, nodeId, loaded, sync });
    this.#facts = new FactsFile({
      path: paths.facts,
      nodesPath: paths.nodes,
      selfId: nodeId,
      sync,
      failed: this.#factsFailed,
    });
  }

  get logBytes(): number {
    return this.#log.sizeBytes;
  }

  /** Resolves when it is durable. When it cannot be, ends the process, and does not resolve. One at a time. */
  async write(write: DiskWrite): Promise<void> {
    const written = this.#write(write);
    this.#writing = written;
    await written;
  }

  async #write(write: DiskWrite): Promise<void> {
    try {
      if (this.#hasFailed) return await NEVER;
      await this.#log.write(write);
      if (!this.#identity.hasLog) await this.#becomeVoter();
    } catch (error) {
      this.#hasFailed = true;
      this.#options.diskFailed(error instanceof Error ? error : new Error(String(error)));
      await NEVER;
    }
  }

  /** The facts have changed. Saved in the background. */
  saveFacts(facts: Facts): void {
    this.#facts.save(facts);
  }

  /**
   * This node was alone in its cluster, and is in another one now, of whose voters it has been none. After a crash it is
   * in the one, or in the other, or new in neither, and can join again: a log that the identity does not speak of counts
   * for nothing, and then the facts of a cluster in which nobody else could decide do not either.
   */
  async adopt(facts: Facts): Promise<void> {
    await this.#writing;
    await this.#facts.stop();
    await this.#log.close();
    await this.#saveIdentity({ ...this.#identity, hasLog: false });
    this.#facts.save(facts);
    await this.#facts.flush();
    const { paths } = this.#options;
    await rm(paths.log, { force: true });
    this.#log = new ControlLog({
      path: paths.log,
      nodeId: this.self.nodeId,
      loaded: undefined,
      sync: this.#sync,
    });
  }

  /** Resolves when the latest facts are durable; rejects when they cannot be. */
  async flushFacts(): Promise<void> {
    await this.#facts.flush();
  }

  /**
   * CLUSTER RESET: forgets the cluster, and with a `newNodeId` who this node was. The store is of no use afterwards:
   * a new one has another incarnation.
   */
  async reset(newNodeId?: string): Promise<void> {
    const { paths } = this.#options;
    await this.#writing;
    await this.#facts.stop();
    await this.#log.close();
    // In an order that makes sense wherever the machine stops: who lacks a log must not be said to have one, and a log
    // must not be of another node.
    await this.#saveIdentity({ ...this.#identity, hasLog: false });
    for (const path of [paths.log, paths.facts, paths.nodes]) await rm(path, { force: true });
    await syncDirectory(dirname(paths.log), this.#sync);
    if (newNodeId !== undefined) await this.#saveIdentity({ ...this.#identity, nodeId: newNodeId });
  }

  /** Ends what is being written, and saves the facts once more, if it can. */
  async close(): Promise<void> {
    await Promise.race([this.#writing, setTimeout(CLOSE_WRITE_MS, undefined, { ref: false })]);
    await this.#facts.flush().catch(this.#factsFailed);
    await this.#facts.stop();
    await this.#log.close();
  }

  readonly #factsFailed = (error: unknown): void => {
    const { logger, paths } = this.#options;
    logger.warn({ path: paths.facts, err: error }, "could not save the facts");
  };

  /** Before anybody is told what the first write says: from now on a missing log is an error. */
  async #becomeVoter(): Promise<void> {
    await this.#saveIdentity({ ...this.#identity, hasLog: true });
  }

  async #saveIdentity(identity: NodeIdentity): Promise<void> {
    const file = await replaceFile(
      this.#options.paths.identity,
      encodeIdentity(identity),
      this.#sync,
    );
    await file.close();
    this.#identity = identity;
  }
}

const NEVER = new Promise<never>(() => {});

/** For a node without a past: nothing of another one may be there. Throws ConfigError. */
function newIdentity({ paths, newNodeId }: ControlStoreOptions): NodeIdentity {
  const left = [paths.log, paths.facts].find((path) => existsSync(path));
  if (left !== undefined) throw lost(paths.identity, `it is missing, and ${left} is there`);
  const nodes = read(paths.nodes, readIfThere)?.toString("latin1") ?? "";
  if (nodes.startsWith(WRITTEN_HERE)) {
    throw lost(paths.identity, `it is missing, and ${paths.nodes} is of this node`);
  }
  // Redis' own, or of an early Slotcast. What it says would be lost; an empty one says nothing.
  if (nodes !== "") {
    throw new ConfigError(
      `cluster-config-file: ${paths.nodes} was not written by this version of Slotcast, and is not read: move it away, and let this node join with CLUSTER MEET`,
    );
  }
  return { nodeId: newNodeId(), incarnation: 0, hasLog: false };
}

/** Runs what reads or writes a file at the start; whatever is wrong becomes one line for the operator. */
function read<T>(path: string, work: (path: string) => T): T {
  try {
    return work(path);
  } catch (error) {
    if (error instanceof DamagedLogError) {
      throw lost(path, `damaged at byte ${error.offset}: ${error.message}`);
    }
    if (error instanceof TypeError || error instanceof SyntaxError) {
      throw lost(path, `damaged: ${error.message}`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`cluster-config-file: ${path}: ${reason}`);
  }
}

function lost(path: string, fault: string): ConfigError {
  return new ConfigError(
    `cluster-config-file: ${path}: ${fault}. Restore it, or remove this node's files and let it join as a new one`,
  );
}
