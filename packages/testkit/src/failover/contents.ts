/** What the cluster holds in the end. Every list in the order in which it was filled. */
export interface Contents {
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly queues: ReadonlyMap<string, QueueContents>;
  readonly counters: ReadonlyMap<string, number>;
  readonly sets: ReadonlyMap<string, ReadonlySet<string>>;
  readonly streams: ReadonlyMap<string, StreamContents>;
}

export interface QueueContents {
  readonly waiting: readonly string[];
  readonly taken: readonly string[];
}

export interface StreamContents {
  readonly entries: readonly { readonly id: string; readonly value: string }[];
  /** The id that the group delivers from: the last one it delivered. */
  readonly lastDeliveredId: string;
  /** Consumer by id of the entry. */
  readonly pending: ReadonlyMap<string, string>;
}

/** Orders ids of entries, `ms-seq`. */
export function compareIds(left: string, right: string): number {
  const [leftMs = 0, leftSeq = 0] = left.split("-").map(Number);
  const [rightMs = 0, rightSeq = 0] = right.split("-").map(Number);
  return leftMs - rightMs || leftSeq - rightSeq;
}
