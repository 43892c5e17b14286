import type { SeededRandom } from "../simulation/seeded-random.ts";
import { FRAMES_A_CONNECTION_MAX } from "./limits.ts";
import type { RecordedTalk, Recordings } from "./recordings.ts";
import {
  FINISH_BYTES,
  FRAME_NAMES,
  HELLO_BYTES,
  LINK_KINDS,
  makeFrame,
  makeHello,
  makeOverlongHead,
  otherSide,
  type Side,
} from "./wire-format.ts";

/** What hostile bytes are made of. */
export const SORTS = [
  "random", //    bytes without a meaning
  "crafted", //   right in all but what needs the secret
  "replayed", //  what a node said on another connection
  "reflected", // what the other side said, this connection's answer included
  "truncated", // a genuine one, cut anywhere
  "flipped", //   a genuine one with a few bytes changed
  "overlong", //  says that it is longer than it may be
] as const;
export type Sort = (typeof SORTS)[number];

/** What one hostile connection says: each buffer counts as one frame, messages of the handshake included. */
export interface Volley {
  readonly sort: Sort;
  readonly opening: readonly Buffer[];
  /** Behind the acceptor's answer, when there is one. */
  readonly reply: (answer: Buffer) => readonly Buffer[];
}

/** Against a node that listens. `peerIds`: whom it trusts. */
export function makeVolley(
  random: SeededRandom,
  recordings: Recordings,
  peerIds: readonly string[],
): Volley {
  const sort = random.pick(SORTS);
  const talk = recordings.pick(random);
  const hello = helloOf(sort, random, talk, peerIds);
  const frames = makeFrames(sort, random, talk, {
    side: "dialler",
    countMax: FRAMES_A_CONNECTION_MAX,
  });
  const way = random.below(4);
  if (way === 0) return { sort, opening: frames, reply: () => [] };
  if (way === 1) {
    const finish = finishOf(sort, random, talk, talk.answer);
    return { sort, opening: [hello, finish, ...frames], reply: () => [] };
  }
  const reply = (answer: Buffer): Buffer[] => [finishOf(sort, random, talk, answer), ...frames];
  return { sort, opening: [hello], reply };
}

/** Frames of one sort that pretend to come from a side: 1 to `countMax`. */
export function makeFrames(
  sort: Sort,
  random: SeededRandom,
  talk: RecordedTalk,
  { side, countMax }: { readonly side: Side; readonly countMax: number },
): Buffer[] {
  const count = 1 + random.below(countMax);
  const from = random.below(8);
  const said = talk.frames(side);
  const answered = talk.frames(otherSide(side));
  return Array.from({ length: count }, (_, index) => {
    const genuine = said[(from + index) % said.length] ?? talk.finish;
    switch (sort) {
      case "random":
        return randomBytes(random, 1 + random.below(100));
      case "crafted":
        return makeFrame(random.pickFrom(FRAME_NAMES) ?? "publish", randomBytes(random, 16));
      case "replayed":
        return genuine;
      case "reflected":
        return answered[(from + index) % answered.length] ?? talk.answer;
      case "truncated":
        return cut(random, genuine);
      case "flipped":
        return flipped(random, genuine);
      case "overlong":
        return makeOverlongHead(random.pickFrom(FRAME_NAMES) ?? "publish", randomBytes(random, 16));
    }
  });
}

/** What a node that dials a stranger in place of its peer is answered. */
export function makeForgedAnswer(
  sort: Sort,
  random: SeededRandom,
  talk: RecordedTalk,
  hello: Buffer,
): Buffer[] {
  const frames = makeFrames(sort, random, talk, { side: "acceptor", countMax: 8 });
  switch (sort) {
    case "replayed":
      return [talk.answer, ...talk.frames("acceptor").slice(0, 8)];
    case "reflected":
      return [Buffer.concat([hello, hello.subarray(0, FINISH_BYTES)]), ...frames];
    case "truncated":
      return [cut(random, talk.answer)];
    case "flipped":
      return [flipped(random, talk.answer), ...frames];
    case "crafted":
      // The words of the node that was dialled, with this dialler's kind, and a proof that is none.
      return [
        Buffer.concat([
          hello.subarray(0, 8),
          talk.answer.subarray(8, HELLO_BYTES),
          randomBytes(random, FINISH_BYTES),
        ]),
      ];
    case "random":
    case "overlong":
      return [randomBytes(random, 112), ...frames];
  }
}

export function cut(random: SeededRandom, whole: Buffer): Buffer {
  return whole.subarray(0, 1 + random.below(Math.max(whole.length - 1, 1)));
}

export function flipped(random: SeededRandom, original: Buffer): Buffer {
  const changed = Buffer.from(original);
  const changes = 1 + random.below(4);
  for (let change = 0; change < changes; change += 1) {
    const at = random.below(changed.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
  }
  // Two changes may have undone each other.
  if (changed.equals(original)) changed[0] = (changed[0] ?? 0) ^ 1;
  return changed;
}

function randomBytes(random: SeededRandom, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at += 1) bytes[at] = random.below(256);
  return bytes;
}

function helloOf(
  sort: Sort,
  random: SeededRandom,
  talk: RecordedTalk,
  peerIds: readonly string[],
): Buffer {
  switch (sort) {
    case "random":
      return randomBytes(random, HELLO_BYTES);
    case "crafted":
    case "overlong":
      return makeHello({
        kind: random.pick(LINK_KINDS),
        nodeId: random.pickFrom(peerIds) ?? "9".repeat(40),
        nonce: randomBytes(random, 32),
      });
    case "replayed":
      return talk.hello;
    case "reflected":
      return talk.answer.subarray(0, HELLO_BYTES);
    case "truncated":
      // Whole now and then, so that the cut is in what follows.
      return random.chance(0.5) ? talk.hello : cut(random, talk.hello);
    case "flipped":
      return flipped(random, talk.hello);
  }
}

function finishOf(sort: Sort, random: SeededRandom, talk: RecordedTalk, answer: Buffer): Buffer {
  switch (sort) {
    case "replayed":
      return talk.finish;
    case "reflected":
      return answer.subarray(HELLO_BYTES);
    case "truncated":
      return cut(random, talk.finish);
    case "flipped":
      return flipped(random, talk.finish);
    case "random":
    case "crafted":
    case "overlong":
      return randomBytes(random, FINISH_BYTES);
  }
}
