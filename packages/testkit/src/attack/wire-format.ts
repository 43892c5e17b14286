/**
 * The bus as its document describes it (docs/bus.md), and nothing of our code: what an attacker has who read that page,
 * hears everything, and does not know the secret.
 */

export const HELLO_BYTES = 80;
export const ANSWER_BYTES = 112;
export const FINISH_BYTES = 32;
export const FRAME_HEAD_BYTES = 21;
/** Behind the head of a frame whose body is longer than that. */
export const DIGEST_BYTES = 32;
export const SHORT_BODY_BYTES_MAX = 1024;
const NONCE_BYTES = 32;
const KIND_AT = 5;

export const LINK_KINDS = ["control", "flood", "data", "meet"] as const;
export type LinkKind = (typeof LINK_KINDS)[number];
/** Who opened the connection, and who accepted it. */
export type Side = "dialler" | "acceptor";

export function otherSide(side: Side): Side {
  return side === "dialler" ? "acceptor" : "dialler";
}

/** Types with a body that its receiver would understand, and the limit of a body. */
const FRAMES = {
  hello: { type: 1, bytesMax: 8 << 20 },
  raft: { type: 16, bytesMax: 8 << 20 },
  facts: { type: 17, bytesMax: 8 << 20 },
  propose: { type: 19, bytesMax: 8 << 20 },
  leaseGrant: { type: 22, bytesMax: 8 << 20 },
  join: { type: 23, bytesMax: 8 << 20 },
  publish: { type: 32, bytesMax: 540 << 20 },
  replication: { type: 64, bytesMax: 540 << 20 },
} as const;
type FrameName = keyof typeof FRAMES;

/** What no genuine publisher says: a subscriber that hears it was reached. */
const FORGED_PAYLOAD = "forged";

const BODIES: Record<FrameName, Buffer> = {
  // MessagePack: {"listeners":[],"hostname":"","version":"9"}
  hello: Buffer.from("\x83\xa9listeners\x90\xa8hostname\xa0\xa7version\xa19", "latin1"),
  raft: Buffer.from("\x81\xa4term\x63", "latin1"), // {"term":99}
  facts: Buffer.from("\x81\xa7version\x63", "latin1"), // {"version":99}
  propose: Buffer.from("\x81\xa4type\xa6forget", "latin1"), // {"type":"forget"}
  leaseGrant: Buffer.from("\x81\xa3seq\x63", "latin1"), // {"seq":99}
  join: Buffer.from(`\x81\xa6nodeId\xd9\x28${"9".repeat(40)}`, "latin1"),
  // One record: payload length × 2, channel length, channel, payload.
  publish: Buffer.from(
    `${String.fromCharCode(2 * FORGED_PAYLOAD.length)}\x04news${FORGED_PAYLOAD}`,
  ),
  replication: Buffer.alloc(40, 1),
};

export const FRAME_NAMES = Object.keys(FRAMES) as readonly FrameName[]; // keys of that literal

export function kindOf(hello: Buffer): LinkKind {
  return LINK_KINDS[(hello[KIND_AT] ?? 1) - 1] ?? "control";
}

export function makeHello(fields: {
  readonly kind: LinkKind;
  readonly nodeId: string;
  readonly nonce: Buffer;
}): Buffer {
  const head = Buffer.from("SLOT\x02\x00\x00\x00", "latin1");
  head[KIND_AT] = LINK_KINDS.indexOf(fields.kind) + 1;
  return Buffer.concat([
    head,
    Buffer.from(fields.nodeId, "latin1"),
    fields.nonce.subarray(0, NONCE_BYTES),
  ]);
}

/** Right in all but the MAC. */
export function makeFrame(name: FrameName, mac: Buffer): Buffer {
  const body = BODIES[name];
  return Buffer.concat([makeHead(name, body.length, mac), body]);
}

/** Says that more bytes follow than any frame of its type may have. */
export function makeOverlongHead(name: FrameName, mac: Buffer): Buffer {
  return makeHead(name, FRAMES[name].bytesMax + 1, mac);
}

function makeHead(name: FrameName, bodyBytes: number, mac: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt32BE(bodyBytes);
  head[4] = FRAMES[name].type;
  mac.copy(head, 5);
  return head;
}
