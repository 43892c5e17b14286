import { fromBuffer, toBuffer, type Bytes } from "@slotcast/protocol";
import { BusProtocolError } from "./bus-protocol-error.ts";
import {
  HELLO_LISTENERS_MAX,
  HELLO_TEXT_CHARS_MAX,
  INTEREST_PATTERNS_BYTES_MAX,
  INTEREST_PATTERNS_MAX,
} from "./limits.ts";

/** One client listener as a node announces it: what MOVED and CLUSTER SLOTS must say to clients of that name. */
export interface AnnouncedListener {
  /** `default`, or the name in `cluster-announce-client`. */
  readonly name: string;
  /** An address or a host name that the listener's clients can reach. */
  readonly host: string;
  readonly port: number;
}

/** What a node tells its peers about itself, first thing on every control link and again when it changes. */
export interface Hello {
  readonly listeners: readonly AnnouncedListener[];
  /** `cluster-announce-hostname`; empty: none. */
  readonly hostname: string;
  /** Of the software, for people. */
  readonly version: string;
}

/** Patterns as they are now, all of them; or too many to announce. */
export type AnnouncedPatterns = readonly Bytes[] | "everything";

/** Numbers of interest frames count up per sender, not per link: 0 is before the first. */
interface Numbered {
  readonly seq: number;
}

/** A control message by the name of its frame. `pong` repeats the number of its ping. */
export interface ControlBodies {
  readonly hello: Hello;
  readonly ping: Numbered;
  readonly pong: Numbered;
  readonly interestFull: Numbered & {
    /** Hashes (channel-hash.ts), in no order. */
    readonly channels: readonly number[];
    readonly patterns: AnnouncedPatterns;
  };
  readonly interestAdd: Numbered & {
    readonly channels: readonly number[];
    /** Replaces the list when present. */
    readonly patterns?: AnnouncedPatterns;
  };
  readonly interestRemove: Numbered & { readonly channels: readonly number[] };
  readonly interestAck: Numbered;
}
export type ControlName = keyof ControlBodies;
export type ControlMessage = {
  readonly [Name in ControlName]: { readonly name: Name; readonly body: ControlBodies[Name] };
}[ControlName];

/** What goes into MessagePack: hashes as one binary, patterns as binaries. */
export function toPackable(message: ControlMessage): Record<string, unknown> {
  switch (message.name) {
    case "hello": {
      const { listeners, hostname, version } = message.body;
      return {
        listeners: listeners.map(({ name, host, port }) => ({ name, host, port })),
        hostname,
        version,
      };
    }
    case "interestFull":
    case "interestAdd": {
      const { seq, channels, patterns } = message.body;
      const packable = { seq, channels: packHashes(channels) };
      return patterns === undefined
        ? packable
        : { ...packable, patterns: patterns === "everything" ? true : patterns.map(toBuffer) };
    }
    case "interestRemove":
      return { seq: message.body.seq, channels: packHashes(message.body.channels) };
    default:
      return { seq: message.body.seq };
  }
}

/** The shape check: nothing of a peer goes further without it. Fields that we do not know are ignored. */
export function parseControl(name: ControlName, value: unknown): ControlMessage {
  const fields = parseFields(value);
  switch (name) {
    case "hello":
      return { name, body: parseHello(fields) };
    case "interestFull": {
      const patterns = parsePatterns(fields["patterns"]);
      return { name, body: { ...parseChannels(fields), patterns } };
    }
    case "interestAdd": {
      const body = parseChannels(fields);
      if (fields["patterns"] === undefined) return { name, body };
      return { name, body: { ...body, patterns: parsePatterns(fields["patterns"]) } };
    }
    case "interestRemove":
      return { name, body: parseChannels(fields) };
    case "ping":
    case "pong":
    case "interestAck":
      return { name, body: { seq: parseSeq(fields) } };
  }
}

/** Throws TypeError when peers would refuse this hello: better here and now than on every link. */
export function checkHello(hello: Hello): Hello {
  try {
    return parseHello({ ...hello });
  } catch (error) {
    throw new TypeError("not a hello that peers would accept", { cause: error });
  }
}

function bad(detail: string): BusProtocolError {
  return new BusProtocolError("bad-body", detail);
}

function parseFields(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad("no map");
  return value as Record<string, unknown>; // any object can be asked for any name
}

function parseSeq(fields: Record<string, unknown>): number {
  const seq = fields["seq"];
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 0) throw bad("seq");
  return seq;
}

function parseText(value: unknown, what: string): string {
  if (typeof value !== "string" || value.length > HELLO_TEXT_CHARS_MAX) throw bad(what);
  // These go into CLUSTER NODES lines and the log: nothing that could end a line or a field.
  if (/[^\x21-\x7e]/.test(value) || value.includes(",")) throw bad(what);
  return value;
}

function parseHello(fields: Record<string, unknown>): Hello {
  const { listeners } = fields;
  if (!Array.isArray(listeners) || listeners.length > HELLO_LISTENERS_MAX) throw bad("listeners");
  return {
    listeners: listeners.map((entry: unknown) => parseListener(parseFields(entry))),
    hostname: parseText(fields["hostname"], "hostname"),
    version: parseText(fields["version"], "version"),
  };
}

function parseListener(fields: Record<string, unknown>): AnnouncedListener {
  const { port } = fields;
  if (typeof port !== "number" || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw bad("port");
  }
  return {
    name: parseText(fields["name"], "name"),
    host: parseText(fields["host"], "host"),
    port,
  };
}

const HASH_BYTES = 4;

function packHashes(hashes: readonly number[]): Buffer {
  const packed = Buffer.allocUnsafe(hashes.length * HASH_BYTES);
  hashes.forEach((hash, index) => packed.writeUInt32BE(hash, index * HASH_BYTES));
  return packed;
}

function parseChannels(fields: Record<string, unknown>): { seq: number; channels: number[] } {
  const { channels } = fields;
  if (!Buffer.isBuffer(channels) || channels.length % HASH_BYTES !== 0) throw bad("channels");
  const hashes: number[] = [];
  for (let at = 0; at < channels.length; at += HASH_BYTES) hashes.push(channels.readUInt32BE(at));
  return { seq: parseSeq(fields), channels: hashes };
}

function parsePatterns(value: unknown): AnnouncedPatterns {
  if (value === true) return "everything";
  if (!Array.isArray(value) || value.length > INTEREST_PATTERNS_MAX) throw bad("patterns");
  let sizeBytes = 0;
  return value.map((pattern: unknown) => {
    if (!Buffer.isBuffer(pattern)) throw bad("pattern");
    sizeBytes += pattern.length;
    if (sizeBytes > INTEREST_PATTERNS_BYTES_MAX) throw bad("patterns too long");
    return fromBuffer(pattern);
  });
}
