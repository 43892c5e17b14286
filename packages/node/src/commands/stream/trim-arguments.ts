import { CommandError, lower, NOT_AN_INTEGER, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import {
  parseNewStreamId,
  parseStreamId,
  type Stream,
  type StreamId,
  type TrimOptions,
} from "@slotcast/store";
import { parseInteger } from "../parse-integer.ts";

/** How a stream is to be trimmed. */
export interface Trim extends TrimOptions {
  readonly threshold:
    | { readonly by: "maxlen"; readonly lengthMax: number }
    | { readonly by: "minid"; readonly idMin: StreamId };
}

/** What stands between the key and the id of XADD, or the end of XTRIM. */
export interface TrimArguments {
  readonly trim: Trim | undefined;
  readonly noMakeStream: boolean;
  /** XADD's id; `undefined`: `*`, or none was given. */
  readonly id: NewStreamId | undefined;
  /** Index of the first argument that is no option: XADD's id. */
  readonly end: number;
}

/** The sequence number is `undefined` for `<ms>-*`. */
type NewStreamId = ReturnType<typeof parseNewStreamId>;

const error = (text: string): CommandError => new CommandError("ERR", text);
const TWO_STRATEGIES = error(
  "syntax error, MAXLEN and MINID options at the same time are not compatible",
);
const NEGATIVE_MAXLEN = error("The MAXLEN argument must be >= 0.");
const NEGATIVE_LIMIT = error("The LIMIT argument must be >= 0.");
const LIMIT_WITHOUT_STRATEGY = error(
  "syntax error, LIMIT cannot be used without specifying a trimming strategy",
);
const LIMIT_WITHOUT_APPROXIMATE = error(
  "syntax error, LIMIT cannot be used without the special ~ option",
);
const NO_STRATEGY = error("syntax error, XTRIM must be called with a trimming strategy");

/** `XADD key * …`: nearly every XADD there is. */
const ONLY_AUTO_ID: TrimArguments = { trim: undefined, noMakeStream: false, id: undefined, end: 2 };

/**
 * Parses from argument 2 on. XADD's options end at the first word that is none: that is its id; any such word
 * in XTRIM is a syntax error.
 * Source: Redis 7.0 src/t_stream.c, streamParseAddOrTrimArgsOrReply.
 */
export function parseTrimArguments(
  argv: readonly Bytes[],
  command: "xadd" | "xtrim",
): TrimArguments {
  if (argv[2] === "*" && command === "xadd") return ONLY_AUTO_ID;
  let threshold: Trim["threshold"] | undefined;
  let approximate = false;
  let limit: number | undefined;
  let noMakeStream = false;
  let id: NewStreamId | undefined;
  let at = 2;
  for (; at < argv.length; at += 1) {
    const word = argv[at] as Bytes; // below length
    const option: string = lower(word);
    const following = argv.length - 1 - at;
    if (command === "xadd" && word === "*") break;
    if ((option === "maxlen" || option === "minid") && following > 0) {
      if (threshold !== undefined) throw TWO_STRATEGIES;
      const operator = argv[at + 1];
      const hasOperator = following >= 2 && (operator === "~" || operator === "=");
      approximate = hasOperator && operator === "~";
      at += hasOperator ? 2 : 1;
      threshold = parseThreshold(option, argv[at] as Bytes); // `following` says it is there
    } else if (option === "limit" && following > 0) {
      at += 1;
      limit = parseInteger(argv[at] as Bytes); // `following` says it is there
      if (limit === undefined) throw NOT_AN_INTEGER;
      if (limit < 0) throw NEGATIVE_LIMIT;
    } else if (command === "xadd" && option === "nomkstream") {
      noMakeStream = true;
    } else if (command === "xadd") {
      // Here, so that a bad id is named before options that do not go together.
      id = parseNewStreamId(word);
      break;
    } else {
      throw SYNTAX_ERROR;
    }
  }
  if (threshold === undefined) {
    if (limit !== undefined && limit > 0) throw LIMIT_WITHOUT_STRATEGY;
    if (command === "xtrim") throw NO_STRATEGY;
    if (limit !== undefined) throw LIMIT_WITHOUT_APPROXIMATE;
    return { trim: undefined, noMakeStream, id, end: at };
  }
  if (limit !== undefined && !approximate) throw LIMIT_WITHOUT_APPROXIMATE;
  return { trim: { threshold, approximate, limit }, noMakeStream, id, end: at };
}

/** Returns how many entries it removed. */
export function trimStream(stream: Stream, trim: Trim): number {
  const { threshold } = trim;
  return threshold.by === "maxlen"
    ? stream.trimByLength(threshold.lengthMax, trim)
    : stream.trimByMinId(threshold.idMin, trim);
}

/** The trim as an effect: what was removed is exact, whatever `~` left behind. */
export function trimEffect(trim: Trim, stream: Stream): readonly string[] {
  return trim.threshold.by === "maxlen"
    ? ["MAXLEN", "=", String(stream.length)]
    : ["MINID", "=", `${stream.firstId.ms}-${stream.firstId.seq}`];
}

function parseThreshold(strategy: "maxlen" | "minid", text: Bytes): Trim["threshold"] {
  if (strategy === "minid") return { by: "minid", idMin: parseStreamId(text, 0) };
  const lengthMax = parseInteger(text);
  if (lengthMax === undefined) throw NOT_AN_INTEGER;
  if (lengthMax < 0) throw NEGATIVE_MAXLEN;
  return { by: "maxlen", lengthMax };
}
