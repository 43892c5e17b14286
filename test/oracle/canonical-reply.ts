import {
  isInteger,
  mapTree,
  parseTree,
  showTree,
  textOf,
  withParts,
  type ReplyTree,
} from "./reply-tree.ts";
import type { Command } from "./step.ts";

/** Replies in the order of a hash table, or of a random choice that takes all there is. */
const UNORDERED =
  /^(?:smembers|sinter|sunion|sdiff|spop|srandmember|sscan|keys|scan|sort|sort_ro)$/i;
const TIMED = /^(?:p?ttl|p?expiretime)$/i;
const PENDING = /^(?:xpending)$/i;
const INTROSPECTION = /^xinfo$/i;
const ENCODING = /^(?:object)$/i;

/** Fields of XINFO that came after 7.0 (docs/divergence.md). */
const NEWER_FIELDS = new Set([
  ...["inactive", "active-time", "nacked-count", "idmp-duration", "idmp-maxsize", "pids-tracked"],
  ...["iids-tracked", "iids-added", "iids-duplicates"],
]);
/** Fields that tell the time. */
const TIME_FIELDS = new Set(["idle", "seen-time"]);
/** What a radix tree of Redis looks like inside. */
const INNER_FIELDS = new Set(["radix-tree-nodes"]);
/** Marks a lag: Redis does not always know it. */
export const LAG_MARK = "<lag>";
/** Marks how many entries a group has read: after a trim 7.0 goes on counting where 7.2, and we, estimate. */
export const ENTRIES_READ_MARK = "<entries read>";
const MARKS = new Map([
  ["lag", LAG_MARK],
  ["entries-read", ENTRIES_READ_MARK],
]);

const STRING_ENCODINGS = new Set(["int", "embstr", "raw"]);

/** Milliseconds since 1970, or far in the future. */
const FAR = 1_000_000_000;

/**
 * A reply without what must differ between two servers: the order of hash tables, and time. `own` are the commands of
 * its step; what they do not call for is left as it is.
 */
export function canonicalReply(frame: string, own: readonly Command[]): string {
  const names = own.flatMap((command) => ("argv" in command ? [command.argv[0] ?? ""] : []));
  const has = (name: RegExp): boolean => names.some((text) => name.test(text));
  const changes: ((part: ReplyTree) => ReplyTree)[] = [];
  // First what is told by its place, or by the name before it: afterwards the parts are sorted.
  if (has(INTROSPECTION)) changes.push(withoutNewerFields);
  if (has(PENDING)) changes.push(withoutIdleTime);
  if (has(UNORDERED)) changes.push(sorted);
  if (has(TIMED)) changes.push(withoutTimeLeft);
  if (has(ENCODING)) changes.push(withoutStringEncoding);
  if (changes.length === 0) return frame;
  let tree = parseTree(frame);
  for (const change of changes) tree = mapTree(tree, change);
  return showTree(tree);
}

function sorted(tree: ReplyTree): ReplyTree {
  const { head, parts } = tree;
  if (parts === undefined || head.startsWith("%")) return tree;
  if (!parts.every((part) => part.parts === undefined)) return tree;
  return {
    head,
    parts: parts.toSorted((a, b) => (a.head < b.head ? -1 : a.head > b.head ? 1 : 0)),
  };
}

/** Times are drawn as tens of seconds and hundred thousands of milliseconds; one that is a little less is taken for it. */
function withoutTimeLeft(tree: ReplyTree): ReplyTree {
  if (!isInteger(tree)) return tree;
  const value = Number(tree.head.slice(1));
  if (value >= FAR) return leaf(":<far>\r\n");
  if (value >= 10_000) return leaf(`:${Math.ceil(value / 10_000) * 10_000}\r\n`);
  return value >= 10 ? leaf(`:${Math.ceil(value / 10) * 10}\r\n`) : tree;
}

/** `[id, consumer, idle, deliveries]` of XPENDING: less than ten seconds have passed, or it was claimed as older. */
function withoutIdleTime(tree: ReplyTree): ReplyTree {
  const { head, parts } = tree;
  const [id, consumer, idle, deliveries] = parts ?? [];
  if (parts?.length !== 4 || id === undefined || consumer === undefined) return tree;
  if (idle === undefined || deliveries === undefined || !isInteger(idle)) return tree;
  const idleS = Math.floor(Number(idle.head.slice(1)) / 10_000) * 10;
  return { head, parts: [id, consumer, leaf(`:<${idleS} s>\r\n`), deliveries] };
}

/** Redis tells how a string came to be (APPEND makes it raw for ever), we what it would be now. */
function withoutStringEncoding(tree: ReplyTree): ReplyTree {
  return STRING_ENCODINGS.has(textOf(tree) ?? "") ? leaf("$<encoding of a string>\r\n") : tree;
}

function withoutNewerFields(tree: ReplyTree): ReplyTree {
  const { parts } = tree;
  if (parts === undefined) {
    return isInteger(tree) && Number(tree.head.slice(1)) >= FAR ? leaf(":<time>\r\n") : tree;
  }
  if (parts.length % 2 === 1) return tree;
  const kept: ReplyTree[] = [];
  for (let at = 0; at < parts.length; at += 2) {
    const [name, value] = [parts[at], parts[at + 1]];
    if (name === undefined || value === undefined) break;
    const field = textOf(name) ?? "";
    if (NEWER_FIELDS.has(field)) continue;
    kept.push(name);
    if (TIME_FIELDS.has(field)) kept.push(leaf(":<time>\r\n"));
    else if (INNER_FIELDS.has(field)) kept.push(leaf(":<inner>\r\n"));
    else if (MARKS.has(field)) kept.push(leaf(`${MARKS.get(field)}${value.head}`));
    else kept.push(value);
  }
  return withParts(tree, kept);
}

function leaf(head: string): ReplyTree {
  return { head, parts: undefined };
}
