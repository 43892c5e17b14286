import { CommandError, lower, NOT_AN_INTEGER, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import {
  parseNewStreamId,
  parseStreamId,
  type ReferencePolicy,
  type TrimOptions,
  type TrimThreshold,
} from "@slotcast/store";
import { parseInteger } from "../parse-integer.ts";
import { isReferencePolicy } from "./reference-policy.ts";

/** How a stream is to be trimmed. */
export interface Trim extends TrimOptions {
  readonly threshold: TrimThreshold;
  readonly references: ReferencePolicy;
}

/** What stands between the key and the id of XADD, or the end of XTRIM. */
export interface TrimArguments {
  readonly trim: Trim | undefined;
  readonly noMakeStream: boolean;
  readonly idempotent: IdempotentMessage | undefined;
  /** XADD's id; `undefined`: `*`, or none was given. */
  readonly id: NewStreamId | undefined;
  /** Index of the first argument that is no option: XADD's id. */
  readonly end: number;
}

/** XADD … IDMP and IDMPAUTO. */
export interface IdempotentMessage {
  readonly producer: Bytes;
  /** `undefined`: made from the fields. */
  readonly message: Bytes | undefined;
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
const IDEMPOTENT_TWICE = error("syntax error, IDMP/IDMPAUTO specified multiple times");
const IDEMPOTENT_WITH_ID = error(
  "syntax error, IDMP/IDMPAUTO can be used only with auto-generated IDs",
);
const NO_AUTO_PRODUCER = error("syntax error, IDMPAUTO requires a non-empty producer ID");
const NO_PRODUCER = error("syntax error, IDMP requires a non-empty producer ID");
const NO_MESSAGE = error("syntax error, IDMP requires a non-empty idempotent ID");
const NO_STRATEGY = error("syntax error, XTRIM must be called with a trimming strategy");

/** `XADD key * …`: nearly every XADD there is. */
const ONLY_AUTO_ID: TrimArguments = {
  trim: undefined,
  noMakeStream: false,
  idempotent: undefined,
  id: undefined,
  end: 2,
};

/**
 * Parses from argument 2 on. XADD's options end at the first word that is none: that is its id; any such word
 * in XTRIM is a syntax error.
 * Source: Redis 7.0 src/t_stream.c, streamParseAddOrTrimArgsOrReply; 8.2 and 8.6 for what came later.
 */
export function parseTrimArguments(
  argv: readonly Bytes[],
  command: "xadd" | "xtrim",
): TrimArguments {
  const first = argv[2] as Bytes; // arity
  if (command === "xadd") {
    if (first === "*") return ONLY_AUTO_ID;
    // As replicas have it. No option begins so.
    if (isDigit(first.charCodeAt(0))) return { ...ONLY_AUTO_ID, id: parseNewStreamId(first) };
  }
  let threshold: TrimThreshold | undefined;
  let approximate = false;
  let limit: number | undefined;
  let noMakeStream = false;
  let references: ReferencePolicy | undefined;
  let idempotent: IdempotentMessage | undefined;
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
    } else if (references === undefined && isReferencePolicy(option)) {
      references = option;
    } else if (command === "xadd" && option === "idmpauto" && following >= 1) {
      if (idempotent !== undefined) throw IDEMPOTENT_TWICE;
      at += 1;
      idempotent = { producer: argv[at] as Bytes, message: undefined }; // `following` says it is there
      if (idempotent.producer === "") throw NO_AUTO_PRODUCER;
    } else if (command === "xadd" && option === "idmp" && following >= 2) {
      if (idempotent !== undefined) throw IDEMPOTENT_TWICE;
      idempotent = { producer: argv[at + 1] as Bytes, message: argv[at + 2] as Bytes }; // as above
      if (idempotent.producer === "") throw NO_PRODUCER;
      if (idempotent.message === "") throw NO_MESSAGE;
      at += 2;
    } else if (command === "xadd") {
      // Here, so that a bad id is named before options that do not go together.
      id = parseNewStreamId(word);
      if (idempotent !== undefined) throw IDEMPOTENT_WITH_ID;
      break;
    } else {
      throw SYNTAX_ERROR;
    }
  }
  if (threshold === undefined) {
    if (limit !== undefined && limit > 0) throw LIMIT_WITHOUT_STRATEGY;
    if (command === "xtrim") throw NO_STRATEGY;
    if (limit !== undefined) throw LIMIT_WITHOUT_APPROXIMATE;
    return { trim: undefined, noMakeStream, idempotent, id, end: at };
  }
  if (limit !== undefined && !approximate) throw LIMIT_WITHOUT_APPROXIMATE;
  const trim: Trim = { threshold, approximate, limit, references: references ?? "keepref" };
  return { trim, noMakeStream, idempotent, id, end: at };
}

function isDigit(charCode: number): boolean {
  return charCode >= 48 && charCode <= 57;
}

function parseThreshold(strategy: "maxlen" | "minid", text: Bytes): TrimThreshold {
  if (strategy === "minid") return { by: "minid", idMin: parseStreamId(text, 0) };
  const lengthMax = parseInteger(text);
  if (lengthMax === undefined) throw NOT_AN_INTEGER;
  if (lengthMax < 0) throw NEGATIVE_MAXLEN;
  return { by: "maxlen", lengthMax };
}
