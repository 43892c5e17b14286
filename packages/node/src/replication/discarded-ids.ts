import { ascii, BULK_BYTES_MAX, lower, own, RequestDecoder, type Bytes } from "@slotcast/protocol";
import {
  formatStreamId,
  nextAutoId,
  parseNewStreamId,
  STREAM_ID_MIN,
  type Stream,
  type StreamId,
} from "@slotcast/store";
import { AT, encodeEffect, SELECT } from "./effect-encoder.ts";

/** The streams as they are behind these effects. `undefined`: there is none of that name. */
export type StreamLookup = (database: number, key: Bytes) => Stream | undefined;

/**
 * Effects for people to read: the entries that the log leaves to be numbered by whoever executes it (`XADD key *`) get
 * the ids that clients were told. As a replica would, this takes them from the clock of the log, of which `before` has
 * the last stretch, and it believes only what the stream confirms: it has that entry, with these fields. What was deleted
 * since, and what cannot be known from `before`, stays as it stands in the log.
 *
 * Cost: every effect is decoded, and every such entry looked up.
 */
export function withChosenIds(before: Bytes, effects: Bytes, streamOf: StreamLookup): Bytes {
  const chooser = new IdChooser(streamOf);
  for (const argv of requestsIn(before)) chooser.follow(argv);
  let text = "";
  for (const argv of requestsIn(effects)) {
    const id = chooser.follow(argv);
    text += encodeEffect(id === undefined ? argv : chooser.confirmed(argv, id));
  }
  return ascii(text);
}

/** Where the id stands in an XADD of the log: its options are left out. */
const ID_AT = 2;
const FIELDS_FROM = 3;

class IdChooser {
  readonly #streamOf: StreamLookup;
  /** The last id that was seen of each stream, by database and key. */
  readonly #lastIds = new Map<string, StreamId>();
  /** `undefined`: it was said before all that was read. */
  #nowMs: number | undefined;
  #database = 0;

  constructor(streamOf: StreamLookup) {
    this.#streamOf = streamOf;
  }

  /** The id of an entry that chooses its own. */
  follow(argv: readonly Bytes[]): StreamId | undefined {
    const [name = ascii(""), key, idText] = argv;
    if (name === AT) this.#nowMs = Number(key);
    if (name === SELECT) this.#database = Number(key);
    if (lower(name) !== "xadd" || key === undefined || idText === undefined) return undefined;
    const place = this.#placeOf(key);
    const isAuto = idText === "*";
    const { ms, seq } = isAuto ? { ms: this.#nowMs, seq: undefined } : parseNewStreamId(idText);
    if (ms === undefined) return undefined;
    const last = this.#lastIds.get(place) ?? STREAM_ID_MIN;
    // One rule for `*` and `<ms>-*`: that was accepted, so its millisecond is not before the last id's.
    const id = seq === undefined ? nextAutoId(last, ms) : { ms, seq };
    if (id !== undefined) this.#lastIds.set(place, id);
    return seq === undefined ? id : undefined;
  }

  /** The effect with that id, if the stream has such an entry. */
  confirmed(argv: readonly Bytes[], id: StreamId): readonly Bytes[] {
    const fields = argv.slice(FIELDS_FROM);
    const kept = this.#streamOf(this.#database, argv[1] as Bytes)?.find(id); // follow has seen it
    const isThere =
      kept?.length === fields.length && kept.every((field, index) => field === fields[index]);
    return isThere ? argv.with(ID_AT, formatStreamId(id)) : argv;
  }

  #placeOf(key: Bytes): string {
    return own(ascii(`${this.#database} ${key}`));
  }
}

function* requestsIn(effects: Bytes): Generator<readonly Bytes[]> {
  const decoder = new RequestDecoder({ bulkBytesMax: BULK_BYTES_MAX });
  decoder.push(effects);
  for (let argv = decoder.next(); argv !== undefined; argv = decoder.next()) yield argv;
}
