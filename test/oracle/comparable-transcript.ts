import { frameReply } from "@slotcast/testkit";
import { canonicalReply } from "./canonical-reply.ts";
import type { Command, Sequence } from "./step.ts";

/** The ids that XADD makes of the time, 15 chars: two servers are rarely asked in the same millisecond. */
const ID_OF_NOW = /1[0-9]{12}-[0-9]/g;
/** 7.0 tells a stale reason when the sequence numbers of `<ms>-*` are used up. No element here is that large. */
const STALE_ERROR = "-ERR Elements are too large to be stored\r\n";
/** A waiting reader whose stream is gone: 7.2, and we, tell him what XREADGROUP would. */
const NO_GROUP =
  /-(?:UNBLOCKED the stream key no longer exists|NOGROUP the consumer group this client was blocked on no longer exists|NOGROUP [^\r]*XREADGROUP with GROUP option)\r\n/g;
/** HELLO tells the version of Redis that is spoken. */
const VERSION = /\$7\r\nversion\r\n\$\d+\r\n[\d.]+\r\n/g;
/** UNSUBSCRIBE without names goes through all of them, in Redis in the order of a hash table. */
const UNSUBSCRIBED = /^([*>]3\r\n\$\d+\r\ns?unsubscribe\r\n)\$\d+\r\n[^]*(?=\r\n:\d)/;
const PATTERN_MESSAGE = /^[*>]4\r\n\$8\r\npmessage\r\n/;
const OWN_MESSAGE = /^>[34]\r\n\$\d\r\n[ps]?message\r\n/;
const MARKER = /@(\d+)@\r\n$/;

/**
 * What a connection received, without what must differ (docs/divergence.md). Bytes that are no replies are left
 * as they are, so that they are compared, too.
 */
export function comparable(received: string, sequence: Sequence, connection: number): string {
  const constant = received
    .replaceAll(ID_OF_NOW, "<id of now>----")
    .replaceAll(
      STALE_ERROR,
      "-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n",
    )
    .replaceAll(NO_GROUP, "-<no group>\r\n")
    .replaceAll(VERSION, "$7\r\nversion\r\n$1\r\n7\r\n");
  const { frames, rest } = cut(constant);
  const done: string[] = [];
  let segment: string[] = [];
  let taken = -1;
  for (const frame of frames) {
    segment.push(frame);
    const [, index] = MARKER.exec(frame) ?? [];
    if (index === undefined) continue;
    taken = Number(index);
    const own = sequence.steps[taken]?.commands ?? [];
    done.push(...comparableSegment(segment, own));
    segment = [];
  }
  // No marker behind the rest: one of the steps after the last marker closed the connection.
  const own = sequence.steps
    .slice(taken + 1)
    .filter((step) => step.connection === connection)
    .flatMap(({ commands }) => commands);
  done.push(...comparableSegment(segment, own));
  return [...done, rest].join("");
}

function comparableSegment(segment: readonly string[], own: readonly Command[]): readonly string[] {
  const ordered = withoutOrderOfHashes(ownPushesLast(segment, own), own);
  return ordered.map((frame) => canonicalReply(frame, own));
}

function cut(received: string): { readonly frames: string[]; readonly rest: string } {
  const bytes = Buffer.from(received, "latin1");
  const frames: string[] = [];
  let at = 0;
  try {
    while (at < bytes.length) {
      const frame = frameReply(bytes, at);
      if (!frame.isComplete) break;
      frames.push(bytes.latin1Slice(at, at + frame.bytes));
      at += frame.bytes;
    }
  } catch {
    // Not a reply, such as the "(closed)" at the end.
  }
  return { frames, rest: bytes.latin1Slice(at) };
}

/** Redis 7.0 pushes a RESP3 client's own message before PUBLISH's reply; we push it after, as 7.2. */
function ownPushesLast(segment: readonly string[], own: readonly Command[]): readonly string[] {
  if (!own.some((command) => isNamed(command, /^s?publish$/i))) return segment;
  const pushes = segment.filter((frame) => OWN_MESSAGE.test(frame));
  return [...segment.filter((frame) => !OWN_MESSAGE.test(frame)), ...pushes];
}

function withoutOrderOfHashes(
  segment: readonly string[],
  own: readonly Command[],
): readonly string[] {
  const isNameless = own.some(
    (command) =>
      "argv" in command && command.argv.length === 1 && isNamed(command, /^s?unsubscribe$/i),
  );
  const frames = isNameless
    ? segment.map((frame) => frame.replace(UNSUBSCRIBED, "$1<name>"))
    : [...segment];
  // The patterns that one message matches: each is a delivery of its own, in any order.
  for (let from = 0; from < frames.length;) {
    let to = from;
    while (to < frames.length && isSameMessage(frames[from] ?? "", frames[to] ?? "")) to += 1;
    if (to > from) frames.splice(from, to - from, ...frames.slice(from, to).toSorted());
    from = Math.max(to, from + 1);
  }
  return frames;
}

function isSameMessage(a: string, b: string): boolean {
  return PATTERN_MESSAGE.test(a) && PATTERN_MESSAGE.test(b) && messageOf(a) === messageOf(b);
}

/** Channel and payload: all after the pattern. */
function messageOf(frame: string): string {
  const [, length = "0"] = /pmessage\r\n\$(\d+)\r\n/.exec(frame) ?? [];
  const pattern = `pmessage\r\n$${length}\r\n`;
  return frame.slice(frame.indexOf(pattern) + pattern.length + Number(length));
}

function isNamed(command: Command, name: RegExp): boolean {
  return "argv" in command && name.test(command.argv[0] ?? "");
}
