import type { KeyFlag, KeySpec } from "../command-spec.ts";

// What rows of the command table have in common: groups of flags, categories, tips and key positions.

export const none = [] as const;

// Flags that come in groups. The order inside a row is that of `COMMAND INFO`.
export const anytime = ["loading", "stale"] as const;
export const anytimeFast = [...anytime, "fast"] as const;
export const hello = ["noscript", ...anytime, "fast", "no_auth", "allow_busy"] as const;
export const connected = ["noscript", ...anytime] as const;
export const admin = ["admin", ...connected] as const;
export const subscriber = ["pubsub", ...connected] as const;
export const publisher = ["pubsub", ...anytimeFast] as const;
export const subscribers = ["pubsub", ...anytime] as const;

export const connection = ["connection"] as const;
export const keyspace = ["keyspace"] as const;

export const varies = ["nondeterministic_output"] as const;
export const unordered = ["nondeterministic_output_order"] as const;
export const everyNode = ["request_policy:all_nodes", "response_policy:all_succeeded"] as const;
export const everyShard = ["request_policy:all_shards", "response_policy:all_succeeded"] as const;
export const sumOfShards = ["request_policy:all_shards", "response_policy:agg_sum"] as const;
export const sumOfSlots = ["request_policy:multi_shard", "response_policy:agg_sum"] as const;
export const infoOfShards = [
  ...varies,
  "request_policy:all_shards",
  "response_policy:special",
] as const;

export const firstKeyRO = keys({ last: 0, flags: ["RO"] });
export const firstKeyRead = keys({ last: 0, flags: ["RO", "access"] });
export const firstKeyUpdate = keys({ last: 0, flags: ["RW", "update"] });
export const firstKeyCount = keys({ last: 0, flags: ["RW", "access", "update"] });
export const firstKeyInsert = keys({ last: 0, flags: ["RW", "insert"] });
export const firstKeyDelete = keys({ last: 0, flags: ["RW", "delete"] });
export const firstKeyPop = keys({ last: 0, flags: ["RW", "access", "delete"] });
export const allKeysRO = keys({ last: -1, flags: ["RO"] });
export const firstKeyOverwrite = keys({ last: 0, flags: ["OW", "update"] });
export const firstKeyInsertOverwrite = keys({ last: 0, flags: ["OW", "insert"] });
export const allKeysRead = keys({ last: -1, flags: ["RO", "access"] });
export const allKeysRemove = keys({ last: -1, flags: ["RM", "delete"] });
export const allButTimeoutPop = keys({ last: -2, flags: ["RW", "access", "delete"] });
export const firstChannel = keys({ last: 0, flags: ["not_key"] });
export const allChannels = keys({ last: -1, flags: ["not_key"] });
export const setKey = keys({
  last: 0,
  flags: ["RW", "access", "update", "variable_flags"],
  note: "RW and ACCESS due to the optional `GET` argument",
});
export const xaddKey = keys({
  last: 0,
  flags: ["RW", "update"],
  note: "UPDATE instead of INSERT because of the optional trimming feature",
});
export const afterStreams = keysAfter("STREAMS", { from: 1, flags: ["RO", "access"] });

interface KeysOf {
  readonly flags: readonly KeyFlag[];
  readonly note?: string;
}

/** Keys from argument `at` on. `last` counts from there; 0: only that one; negative: from the last argument. */
export function keys(
  options: KeysOf & { readonly at?: number; readonly last: number; readonly step?: number },
): readonly KeySpec[] {
  const { at = 1, last, step = 1 } = options;
  return spec(options, {
    begin: { type: "index", index: at },
    find: { type: "range", lastKey: last, keyStep: step, limit: 0 },
  });
}

/** As many keys as argument `at` says, right after it. */
export function countedKeys(options: KeysOf & { readonly at: number }): readonly KeySpec[] {
  return spec(options, {
    begin: { type: "index", index: options.at },
    find: { type: "keynum", keyNumIndex: 0, firstKey: 1, keyStep: 1 },
  });
}

/** As many pairs of key and value as argument `at` says, right after it. */
export function countedPairs(options: KeysOf & { readonly at: number }): readonly KeySpec[] {
  return spec(options, {
    begin: { type: "index", index: options.at },
    find: { type: "keynum", keyNumIndex: 0, firstKey: 1, keyStep: 2 },
  });
}

/** The first half of what follows the word: keys, then as many ids. The word is looked for from argument `from` on. */
export function keysAfter(
  keyword: string,
  options: KeysOf & { readonly from: number },
): readonly KeySpec[] {
  return spec(options, {
    begin: { type: "keyword", keyword, startFrom: options.from },
    find: { type: "range", lastKey: -1, keyStep: 1, limit: 2 },
  });
}

/** Keys that no specification can find: the note says why. */
export function unknownKeys(
  options: KeysOf & { readonly rule?: "sort-store" },
): readonly KeySpec[] {
  const { rule } = options;
  const find = { type: "unknown", ...(rule === undefined ? {} : { rule }) } as const;
  return spec(options, { begin: { type: "unknown" }, find });
}

function spec({ flags, note }: KeysOf, where: Pick<KeySpec, "begin" | "find">): readonly KeySpec[] {
  return [{ ...(note === undefined ? {} : { note }), flags, ...where }];
}
