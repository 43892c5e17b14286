import type { NodeId } from "@slotcast/control";
import type { Config } from "../config/config.ts";
import type { PrimaryAddress } from "../config/directive.ts";
import type { Connection } from "../connection.ts";
import { steadyMs } from "../cluster/steady-ms.ts";
import { ReplicaLink } from "./replica-link.ts";

export interface ReplicaLinksOptions {
  readonly config: Config;
  readonly linked: (nodeId: NodeId) => void;
  readonly unlinked: (nodeId: NodeId) => void;
  /** May throw TypeError: the link is done. */
  readonly received: (nodeId: NodeId, body: Buffer) => void;
}

/** The replicas that are linked to this primary, each by its latest link. Owner: StandaloneReplication. */
export class ReplicaLinks {
  readonly #options: ReplicaLinksOptions;
  readonly #links = new Map<NodeId, ReplicaLink>();

  constructor(options: ReplicaLinksOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#links.size;
  }

  to(nodeId: NodeId): ReplicaLink | undefined {
    return this.#links.get(nodeId);
  }

  /** The one that is shown with that address. */
  at({ host, port }: PrimaryAddress): ReplicaLink | undefined {
    for (const link of this.#links.values()) {
      const { address } = link;
      if (address.port === port && address.host.toLowerCase() === host.toLowerCase()) return link;
    }
    return undefined;
  }

  accept(nodeId: NodeId, connection: Connection): void {
    // A new link voids the old one, whatever is still on its way there.
    this.#end(nodeId);
    const link: ReplicaLink = new ReplicaLink({
      nodeId,
      connection,
      steadyMs,
      events: {
        frame: (body) => {
          if (this.#links.get(nodeId) === link) this.#options.received(nodeId, body);
        },
        closed: () => {
          if (this.#links.get(nodeId) === link) this.#end(nodeId);
        },
      },
    });
    this.#links.set(nodeId, link);
    this.#options.linked(nodeId);
  }

  closeAll(): void {
    for (const nodeId of [...this.#links.keys()]) this.#end(nodeId);
  }

  /** Says that this server lives, and lets those go that say nothing. */
  tick(nowMs: number): void {
    const { config } = this.#options;
    const aliveMs = config.get("repl-ping-replica-period") * 1000;
    const timeoutMs = config.get("repl-timeout") * 1000;
    for (const [nodeId, link] of [...this.#links]) {
      if (nowMs - link.lastHeardMs > timeoutMs) this.#end(nodeId);
      else if (nowMs - link.lastSentMs >= aliveMs) link.sayAlive();
    }
  }

  #end(nodeId: NodeId): void {
    const link = this.#links.get(nodeId);
    if (link === undefined) return;
    this.#links.delete(nodeId);
    link.close();
    this.#options.unlinked(nodeId);
  }
}
