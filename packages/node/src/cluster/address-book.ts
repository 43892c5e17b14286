import type { Hello } from "@slotcast/gossip";
import type { ClusterView, NodeAddress, NodeId } from "@slotcast/router";
import { DEFAULT_LISTENER } from "../client-door.ts";
import { ConfigError } from "../config/config-error.ts";
import type { Config } from "../config/config.ts";
import { isAnnounceableHost } from "./announceable-host.ts";
import { ANNOUNCED_LISTENERS_MAX } from "./limits.ts";

/** How the clients of one listener reach one node. */
export interface ClientEndpoint extends NodeAddress {
  /** `cluster-announce-hostname`; empty: none, or not meant for the clients of this listener. */
  readonly hostname: string;
  /**
   * For MOVED, CLUSTER SLOTS and SHARDS. `undefined`: the client should use the host it knows. `?`: a host name
   * is wanted and there is none.
   */
  readonly preferredHost: string | undefined;
}

/**
 * Where clients and nodes find each node. What a node announced of itself on the bus goes before what our
 * facts say, and an address for the client's own listener before the default one.
 *
 * A client that came in by the listener `external` was outside, so it is sent to `external` addresses only;
 * a node that announces none is told by its default address, for want of a better one.
 */
export class AddressBook {
  readonly #view: ClusterView;
  readonly #config: Config;
  readonly #hellos = new Map<NodeId, Hello>();
  #version = 1;

  constructor(options: { readonly view: ClusterView; readonly config: Config }) {
    this.#view = options.view;
    this.#config = options.config;
    const changed = (): void => {
      this.#version += 1;
    };
    this.#config.onChange("cluster-preferred-endpoint-type", changed);
    this.#config.onChange("cluster-announce-ip", changed);
    this.#config.onChange("cluster-announce-port", changed);
    this.#config.onChange("cluster-announce-bus-port", changed);
    this.#config.onChange("cluster-announce-hostname", changed);
  }

  /** Grows whenever an answer of `endpoint` may have changed for other reasons than the view. */
  get version(): number {
    return this.#version;
  }

  /** A peer told its addresses. They are kept while it is away: it will usually come back to them. */
  learn(nodeId: NodeId, hello: Hello): void {
    this.#hellos.set(nodeId, hello);
    this.#version += 1;
  }

  /** Nodes that are removed for good would otherwise be remembered until the process ends. */
  forget(isKept: (nodeId: NodeId) => boolean): void {
    for (const nodeId of this.#hellos.keys()) {
      if (isKept(nodeId)) continue;
      this.#hellos.delete(nodeId);
      this.#version += 1;
    }
  }

  /**
   * What this node tells its peers. An empty host means: the one you know. Throws ConfigError when the peers
   * would not take it.
   */
  hello(version: string): Hello {
    const ip = this.#config.get("cluster-announce-ip");
    const named = this.#config.get("cluster-announce-client");
    refuseUnannounceable([
      ...(ip === "" ? [] : [["cluster-announce-ip", ip] as const]),
      ...named.map(({ host }) => ["cluster-announce-client", host] as const),
    ]);
    if (named.length >= ANNOUNCED_LISTENERS_MAX) {
      throw new ConfigError(
        `cluster-announce-client: at most ${ANNOUNCED_LISTENERS_MAX - 1} names can be announced`,
      );
    }
    return {
      listeners: [{ name: DEFAULT_LISTENER, host: ip, port: this.#ownAddress().port }, ...named],
      hostname: this.hostname(this.#view.selfId),
      version,
    };
  }

  endpoint(nodeId: NodeId, listenerName: string): ClientEndpoint {
    const announced =
      listenerName === DEFAULT_LISTENER ? undefined : this.#announced(nodeId, listenerName);
    if (announced !== undefined) {
      const { host, port } = announced;
      return { host, port, hostname: "", preferredHost: this.#preferred(host, host) };
    }
    const { host, port } = this.#defaultAddress(nodeId);
    const hostname = this.hostname(nodeId);
    return { host, port, hostname, preferredHost: this.#preferred(host, hostname || "?") };
  }

  /** Empty: none. */
  hostname(nodeId: NodeId): string {
    const told =
      nodeId === this.#view.selfId
        ? this.#config.get("cluster-announce-hostname")
        : this.#hellos.get(nodeId)?.hostname;
    return told || (this.#view.nodes.get(nodeId)?.hostname ?? "");
  }

  /** The bus port that others should use for the node. */
  busPort(nodeId: NodeId): number {
    const known = this.#view.nodes.get(nodeId)?.busPort ?? 0;
    if (nodeId !== this.#view.selfId) return known;
    return this.#config.get("cluster-announce-bus-port") || known;
  }

  /** The address for clients of this very listener, if the node has one. */
  #announced(nodeId: NodeId, listenerName: string): NodeAddress | undefined {
    const listeners =
      nodeId === this.#view.selfId
        ? this.#config.get("cluster-announce-client")
        : this.#hellos.get(nodeId)?.listeners;
    return listeners?.find(({ name }) => name === listenerName);
  }

  #defaultAddress(nodeId: NodeId): NodeAddress {
    const known = this.#view.nodes.get(nodeId)?.address ?? { host: "", port: 0 };
    if (nodeId === this.#view.selfId) return this.#ownAddress();
    const told = this.#announced(nodeId, DEFAULT_LISTENER);
    if (told === undefined) return known;
    return { host: told.host || known.host, port: told.port || known.port };
  }

  #ownAddress(): NodeAddress {
    const config = this.#config;
    const { host, port } = this.#view.self.address;
    return {
      host: config.get("cluster-announce-ip") || host,
      port: config.get("cluster-announce-port") || config.get("port") || port,
    };
  }

  #preferred(address: string, name: string): string | undefined {
    switch (this.#config.get("cluster-preferred-endpoint-type")) {
      case "ip":
        return address;
      case "hostname":
        return name;
      case "unknown-endpoint":
        return undefined;
    }
  }
}

function refuseUnannounceable(
  hosts: readonly (readonly [directive: string, host: string])[],
): void {
  for (const [directive, host] of hosts) {
    if (!isAnnounceableHost(host)) {
      throw new ConfigError(`${directive}: '${host}' is not an address or a host name`);
    }
  }
}
