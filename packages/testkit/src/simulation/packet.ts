import type { ControlMessage } from "@slotcast/control";
import type { ReplicationFrame, Rumour } from "@slotcast/node";
import type { Request } from "./request.ts";

/** Each kind of link has its own order and its own fate. `client`: from a client to a node. */
export type LinkKind = "control" | "data" | "client";

/** What a connection carries. Passed on as it is: nobody changes what was sent. */
export type Packet =
  | { readonly kind: "control"; readonly message: ControlMessage }
  | { readonly kind: "rumour"; readonly rumour: Rumour }
  | { readonly kind: "frame"; readonly frame: ReplicationFrame }
  /** Pipelined: executed in one turn. */
  | { readonly kind: "requests"; readonly requests: readonly Request[] }
  /** Some lines, or parts of lines (request.ts). */
  | { readonly kind: "answers"; readonly text: string };

export function describePacket(packet: Packet): string {
  switch (packet.kind) {
    case "control":
      return describeControl(packet.message);
    case "rumour":
      return `rumour ${plain(packet.rumour)}`;
    case "frame":
      return describeFrame(packet.frame);
    case "requests":
      return packet.requests.map(plain).join(" ");
    case "answers":
      return `answers ${packet.text.trimEnd().replaceAll("\n", ", ")}`;
  }
}

function describeControl(message: ControlMessage): string {
  switch (message.kind) {
    case "raft": {
      const { kind, ...rest } = message.message;
      return `${kind} ${plain(rest)}`;
    }
    case "facts":
      return `facts of version ${message.facts.version}`;
    default: {
      const { kind, ...rest } = message;
      return `${kind} ${plain(rest)}`;
    }
  }
}

function describeFrame(frame: ReplicationFrame): string {
  const { kind, shardId: _, ...rest } = frame;
  return `${kind} ${plain(rest)}`;
}

const TEXT_CHARS_MAX = 300;

/** Short: ids without their zeros, long strings by their length, facts by their version. */
export function plain(value: unknown): string {
  const text = JSON.stringify(value, (key, part: unknown) => {
    if (typeof part === "string") return part.length > 60 ? `${part.length} bytes` : shortId(part);
    if (key === "facts" && typeof part === "object") return "facts";
    return part;
  });
  const bare = (text ?? "").replaceAll('"', "");
  return bare.length > TEXT_CHARS_MAX ? `${bare.slice(0, TEXT_CHARS_MAX)}…` : bare;
}

/** Ids are short names behind zeros. */
export function shortId(id: string): string {
  return id.length === 40 ? id.replace(/^0+/, "") : id;
}

/** For the hash of the trace: a few numbers that differ when the contents do. */
export function digestPacket(packet: Packet): number {
  switch (packet.kind) {
    case "control":
      return digestControl(packet.message);
    case "rumour": {
      const { factsVersion, suspects, progress } = packet.rumour;
      return 3 + factsVersion * 31 + suspects.length * 7 + (progress?.offset ?? 0);
    }
    case "frame":
      return digestFrame(packet.frame);
    case "requests":
      return packet.requests.reduce((sum, { id, key }) => sum * 31 + id * 7 + key, 11);
    case "answers":
      return digestText(packet.text);
  }
}

function digestText(text: string): number {
  let digest = 13;
  for (let index = 0; index < text.length; index += 1) {
    digest = (Math.imul(digest, 31) + text.charCodeAt(index)) | 0;
  }
  return digest;
}

function digestControl(message: ControlMessage): number {
  switch (message.kind) {
    case "raft": {
      const { kind, term } = message.message;
      return kind.length * 101 + term;
    }
    case "facts-update":
      return 17 + message.version;
    case "facts":
      return 19 + message.facts.version;
    case "lease-request":
    case "lease-grant":
      return message.kind.length * 103 + Math.floor(message.sentMs);
    case "support":
      return 29 + message.against.length;
    case "propose":
    case "proposed":
    case "not-leader":
      return message.kind.length * 107 + message.id;
    case "facts-request":
      return 31;
    case "prepare":
      return 37;
  }
}

function digestFrame(frame: ReplicationFrame): number {
  const base = frame.kind.length * 109 + frame.epoch;
  switch (frame.kind) {
    case "batch":
      return base + frame.hashAfter;
    case "ack":
      return base + frame.offset * 31;
    default:
      return base;
  }
}
