import { SLOTS } from "@slotcast/protocol";

/** A node as another one sees it. */
export interface SeenNode {
  readonly id: string;
  readonly port: number;
  readonly isPrimary: boolean;
  /** `undefined`: it follows nobody. */
  readonly primaryId: string | undefined;
  /** Neither suspected nor known to be away. */
  readonly isWell: boolean;
  readonly slots: readonly (readonly [first: number, last: number])[];
}

/** CLUSTER NODES of one node. */
export class ClusterView {
  readonly nodes: readonly SeenNode[];

  constructor(clusterNodes: string) {
    this.nodes = clusterNodes.trimEnd().split("\n").map(parseLine);
  }

  /** `undefined`: nobody serves the slot. */
  primaryOf(slot: number): SeenNode | undefined {
    return this.nodes.find(({ isPrimary, slots }) => isPrimary && holds(slots, slot));
  }

  replicasOf(primaryId: string): readonly SeenNode[] {
    return this.nodes.filter((node) => node.primaryId === primaryId);
  }

  /** The same for views that agree on who does what. */
  get summary(): string {
    const lines = this.nodes.map(
      ({ id, primaryId, slots }) => `${id} ${primaryId} ${slots.join()}`,
    );
    return lines.toSorted().join("\n");
  }

  /** All nodes are well, all slots served, and each of so many primaries has so many replicas. */
  isWhole({
    primaries,
    replicas,
  }: {
    readonly primaries: number;
    readonly replicas: number;
  }): boolean {
    const serving = this.nodes.filter(({ slots }) => slots.length > 0);
    const served = serving.flatMap(({ slots }) => slots.map(([first, last]) => last - first + 1));
    return (
      this.nodes.length === primaries * (1 + replicas) &&
      this.nodes.every(({ isWell }) => isWell) &&
      serving.length === primaries &&
      served.reduce((sum, count) => sum + count, 0) === SLOTS &&
      serving.every(({ id, isPrimary }) => isPrimary && this.replicasOf(id).length === replicas)
    );
  }
}

function holds(slots: SeenNode["slots"], slot: number): boolean {
  return slots.some(([first, last]) => first <= slot && slot <= last);
}

/** `id ip:port@busport[,hostname] flags primary ping pong epoch link slot…` */
function parseLine(line: string): SeenNode {
  const [id = "", address = "", flags = "", primary = "-", , , , link = "", ...slots] =
    line.split(" ");
  return {
    id,
    port: Number(/:(\d+)@/.exec(address)?.[1]),
    isPrimary: flags.includes("master"),
    primaryId: primary === "-" ? undefined : primary,
    isWell: link === "connected" && !/fail|handshake|noaddr/.test(flags),
    slots: slots.filter((range) => /^\d/.test(range)).map(parseRange),
  };
}

function parseRange(range: string): readonly [first: number, last: number] {
  const [first = 0, last = first] = range.split("-").map(Number);
  return [first, last];
}
