/** How a message reaches the nodes of its subscribers. */
export const MODES = ["all", "interest", "sharded"] as const;
export type Mode = (typeof MODES)[number];

/** The three modes are one program with different words. */
export interface ModeWords {
  readonly publish: "PUBLISH" | "SPUBLISH";
  readonly subscribe: "SUBSCRIBE" | "SSUBSCRIBE";
  /** First word of a delivery. */
  readonly delivery: "message" | "smessage";
  /** Value of `cluster-publish-mode`, where it matters. */
  readonly clusterPublishMode: "all" | "interest" | undefined;
  readonly label: string;
}

export const MODE_WORDS: Readonly<Record<Mode, ModeWords>> = {
  all: {
    publish: "PUBLISH",
    subscribe: "SUBSCRIBE",
    delivery: "message",
    clusterPublishMode: "all",
    label: "PUBLISH all",
  },
  interest: {
    publish: "PUBLISH",
    subscribe: "SUBSCRIBE",
    delivery: "message",
    clusterPublishMode: "interest",
    label: "PUBLISH interest",
  },
  sharded: {
    publish: "SPUBLISH",
    subscribe: "SSUBSCRIBE",
    delivery: "smessage",
    clusterPublishMode: undefined,
    label: "SPUBLISH",
  },
};
