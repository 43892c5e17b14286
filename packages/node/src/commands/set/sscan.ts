import { ascii, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { matchesPattern, parseScanCursor, parseScanOptions } from "../scan-arguments.ts";

/**
 * SSCAN key cursor [MATCH pattern] [COUNT count]. Reply: the next cursor, 0 at the end, and some members. A cursor is
 * the hash of the next member: MemberSet.scan. Source: Redis 7.0 src/t_set.c, sscanCommand.
 */
export function sscan(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key, cursorText] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const cursor = parseScanCursor(cursorText);
  const set = keys.readSet(key, nowMs);
  const found: Bytes[] = [];
  let next: number | undefined;
  if (set !== undefined) {
    const options = parseScanOptions(argv, { from: 3, withType: false });
    next = set.scan({ from: cursor, countMax: options.countMax }, (member) => {
      if (matchesPattern(options, member)) found.push(member);
    });
  }
  reply.array(2);
  reply.bulk(ascii(String(next ?? 0)));
  reply.array(found.length);
  for (const member of found) reply.bulk(member);
}
