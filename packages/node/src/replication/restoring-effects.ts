import { ascii, type Bytes } from "@slotcast/protocol";
import {
  encodePayload,
  formatStreamId,
  List,
  splitStream,
  Stream,
  STREAM_ID_MAX,
  STREAM_ID_MIN,
  type MemberSet,
  type Value,
} from "@slotcast/store";
import { SNAPSHOT_ELEMENTS_MAX } from "./limits.ts";

type Effect = readonly Bytes[];

const RESTORE = ascii("RESTORE");
const ABSTTL = ascii("ABSTTL");
/** Bytes of one effect that adds elements: a string of V8 ends at 512 MB, and one element may have nearly as many. */
const RUN_BYTES_MAX = 1024 * 1024;

/**
 * What makes a key that is not there: one RESTORE, or several effects for a value that is too large for one payload.
 * Throws RangeError when there is no way: the consumer groups of a stream alone are too large.
 */
export function restoringEffects(
  key: Bytes,
  value: Value,
  expiresAtMs: number | undefined,
  encode: (value: Value) => Bytes | undefined = encodePayload,
): Effect[] {
  const payload = encode(value);
  const time = ascii(String(expiresAtMs ?? 0));
  if (payload !== undefined) return [[RESTORE, key, time, payload, ABSTTL]];
  const effects = buildingEffects(key, value);
  if (expiresAtMs !== undefined) effects.push([ascii("PEXPIREAT"), key, time]);
  return effects;
}

function buildingEffects(key: Bytes, value: Value): Effect[] {
  if (typeof value === "string") return [[ascii("SET"), key, value]];
  if (value instanceof Stream) return streamEffects(key, value);
  return value instanceof List ? listEffects(key, value) : setEffects(key, value);
}

function listEffects(key: Bytes, list: List): Effect[] {
  const runs = new Runs([ascii("RPUSH"), key]);
  list.forEachInRange({ start: 0, stop: list.length - 1 }, (element) => {
    runs.add(element);
  });
  return runs.end();
}

function setEffects(key: Bytes, set: MemberSet): Effect[] {
  const runs = new Runs([ascii("SADD"), key]);
  set.forEach((member) => {
    runs.add(member);
  });
  return runs.end();
}

function streamEffects(key: Bytes, stream: Stream): Effect[] {
  const { empty, messages } = splitStream(stream);
  const payload = encodePayload(empty);
  if (payload === undefined) throw new RangeError("consumer groups are too large for a snapshot");
  const effects: Effect[] = [[RESTORE, key, ascii("0"), payload, ABSTTL]];
  const all = { from: STREAM_ID_MIN, to: STREAM_ID_MAX, reverse: false, countMax: Infinity };
  stream.forEachInRange(all, (id, fields) => {
    effects.push([ascii("XADD"), key, formatStreamId(id), ...fields]);
  });
  for (const { producer, message, id } of messages) {
    effects.push([ascii("XIDMPRECORD"), key, producer, message, formatStreamId(id)]);
  }
  effects.push([
    ...[ascii("XSETID"), key, formatStreamId(stream.lastId)],
    ...[ascii("ENTRIESADDED"), ascii(String(stream.entriesAdded))],
    ...[ascii("MAXDELETEDID"), formatStreamId(stream.maxDeletedId)],
  ]);
  return effects;
}

/** Elements in effects of a bounded size. */
class Runs {
  readonly #effects: Effect[] = [];
  readonly #head: Effect;
  #elements: Bytes[] = [];
  #bytes = 0;

  constructor(head: Effect) {
    this.#head = head;
  }

  add(element: Bytes): void {
    const isFull = this.#bytes + element.length > RUN_BYTES_MAX;
    if (isFull || this.#elements.length === SNAPSHOT_ELEMENTS_MAX) this.#flush();
    this.#elements.push(element);
    this.#bytes += element.length;
  }

  end(): Effect[] {
    this.#flush();
    return this.#effects;
  }

  #flush(): void {
    if (this.#elements.length > 0) this.#effects.push([...this.#head, ...this.#elements]);
    this.#elements = [];
    this.#bytes = 0;
  }
}
