import { CommandError, NOT_AN_INTEGER, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { MemberSet } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInt64 } from "../parse-integer.ts";

const INT64_MIN = -(2n ** 63n);
const OUT_OF_RANGE = new CommandError(
  "ERR",
  "value is out of range, value must between -9223372036854775807 and 9223372036854775807",
);
/** Of a set less than so many times larger, drawing until all are different takes longer than shuffling all. */
const DRAWN_FROM_MIN = 3;

/**
 * SRANDMEMBER key [count]. Reply: a random member, or null; with count an array of so many different ones, with a
 * negative one of so many of which some may be the same. Source: Redis 7.0 src/t_set.c, srandmemberCommand.
 */
export function srandmember(context: CommandContext, argv: readonly Bytes[]): void {
  const { client, keys, nowMs, reply } = context;
  const [, key, countText] = argv as readonly [Bytes, Bytes, Bytes?]; // arity
  if (countText === undefined) {
    const set = keys.readSet(key, nowMs);
    if (set === undefined) reply.nullBulk();
    else reply.bulk(set.randomMember(Math.random));
    return;
  }
  if (argv.length > 3) throw SYNTAX_ERROR;
  const count = parseCount(countText);
  const set = keys.readSet(key, nowMs);
  if (set === undefined || count === 0) {
    reply.array(0);
  } else if (count < 0) {
    reply.array(-count);
    // Nothing else bounds the count: its own reply may close the client.
    for (let left = -count; left > 0 && !client.isClosed; left -= 1) {
      reply.bulk(set.randomMember(Math.random));
    }
  } else {
    const members = differentMembers(set, count);
    reply.array(members.length);
    for (const member of members) reply.bulk(member);
  }
}

function parseCount(text: Bytes): number {
  const count = parseInt64(text);
  if (count === undefined) throw NOT_AN_INTEGER;
  if (count === INT64_MIN) throw OUT_OF_RANGE;
  return Number(count);
}

function differentMembers(set: MemberSet, count: number): readonly Bytes[] {
  if (count * DRAWN_FROM_MIN < set.size) {
    const drawn = new Set<Bytes>();
    while (drawn.size < count) drawn.add(set.randomMember(Math.random));
    return [...drawn];
  }
  const members: Bytes[] = [];
  set.forEach((member) => members.push(member));
  if (count >= members.length) return members;
  // Fisher and Yates' shuffle, as far as it is needed.
  for (let index = 0; index < count; index += 1) {
    const other = index + Math.floor(Math.random() * (members.length - index));
    const swapped = members[other] as Bytes; // below length
    members[other] = members[index] as Bytes; // below count
    members[index] = swapped;
  }
  return members.slice(0, count);
}
