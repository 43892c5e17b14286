import {
  CommandError,
  lower,
  NOT_AN_INTEGER,
  own,
  SYNTAX_ERROR,
  type Bytes,
} from "@slotcast/protocol";
import type { GroupPolicy } from "@slotcast/store";
import { parseInteger } from "../parse-integer.ts";

/** Ten years: longer times of a policy are refused. Sums with the clock stay exact far beyond. */
const POLICY_MS_MAX = 10 * 366 * 24 * 60 * 60 * 1000;
/** A shorter CONSUMERTTL is refused: a consumer that waits must be seen twice in that time. */
const CONSUMER_TTL_MS_MIN = 100;
/** More deliveries are refused: nobody waits for them. */
const DELIVERY_LIMIT_MAX = 1_000_000;
/** What a retry delay grows to without MAXRETRYDELAY; a longer RETRYDELAY does not grow then. */
const MAX_RETRY_DELAY_DEFAULT_MS = 60 * 60 * 1000;

const error = (text: string): CommandError => new CommandError("ERR", text);
const LIMIT_WITHOUT_DEAD_LETTER = error(
  "DELIVERYLIMIT needs DEADLETTER: an entry that is not offered any more must go somewhere",
);
const DELAY_WITHOUT_AUTOCLAIM = error(
  "RETRYDELAY needs AUTOCLAIM: without it no entry is offered again",
);
const MAX_WITHOUT_DELAY = error("MAXRETRYDELAY needs RETRYDELAY");
const MAX_BELOW_DELAY = error("MAXRETRYDELAY must not be below RETRYDELAY");

const NUMBERS = {
  deliverylimit: { member: "deliveryLimit", min: 1, max: DELIVERY_LIMIT_MAX },
  autoclaim: { member: "autoclaimMs", min: 1, max: POLICY_MS_MAX },
  consumerttl: { member: "consumerTtlMs", min: CONSUMER_TTL_MS_MIN, max: POLICY_MS_MAX },
  retrydelay: { member: "retryDelayMs", min: 1, max: POLICY_MS_MAX },
  maxretrydelay: { member: "maxRetryDelayMs", min: 1, max: POLICY_MS_MAX },
} as const satisfies Record<string, NumberOption & { readonly member: keyof GroupPolicy }>;

type NumberMember = (typeof NUMBERS)[keyof typeof NUMBERS]["member"];

interface NumberOption {
  readonly min: number;
  readonly max: number;
}

/**
 * `OFF`, or `[DELIVERYLIMIT n] [DEADLETTER key] [AUTOCLAIM ms] [CONSUMERTTL ms] [RETRYDELAY ms [MAXRETRYDELAY ms]]`
 * in any order, from argument `from` on. `undefined`: no policy.
 */
export function parsePolicy(argv: readonly Bytes[], from: number): GroupPolicy | undefined {
  const first = argv[from];
  if (first !== undefined && lower(first) === "off") {
    if (argv.length > from + 1) throw SYNTAX_ERROR;
    return undefined;
  }
  const numbers = new Map<NumberMember, number>();
  let deadLetterKey: Bytes | undefined;
  for (let at = from; at < argv.length; at += 2) {
    const word = argv[at] as Bytes; // below length
    const value = argv[at + 1];
    const option: string = lower(word);
    if (value === undefined) throw SYNTAX_ERROR;
    if (option === "deadletter") {
      if (deadLetterKey !== undefined) throw SYNTAX_ERROR;
      deadLetterKey = own(value);
    } else {
      const number = numberNamed(word, option);
      if (numbers.has(number.member)) throw SYNTAX_ERROR;
      numbers.set(number.member, parseWithin(value, option.toUpperCase(), number));
    }
  }
  return checked({
    deadLetterKey,
    deliveryLimit: numbers.get("deliveryLimit"),
    autoclaimMs: numbers.get("autoclaimMs"),
    consumerTtlMs: numbers.get("consumerTtlMs"),
    retryDelayMs: numbers.get("retryDelayMs"),
    maxRetryDelayMs: numbers.get("maxRetryDelayMs"),
  });
}

function checked(policy: GroupPolicy): GroupPolicy {
  const { deadLetterKey, deliveryLimit, autoclaimMs, retryDelayMs, maxRetryDelayMs } = policy;
  if (deliveryLimit !== undefined && deadLetterKey === undefined) throw LIMIT_WITHOUT_DEAD_LETTER;
  if (retryDelayMs === undefined) {
    if (maxRetryDelayMs !== undefined) throw MAX_WITHOUT_DELAY;
    return policy;
  }
  if (autoclaimMs === undefined) throw DELAY_WITHOUT_AUTOCLAIM;
  const maxMs = maxRetryDelayMs ?? Math.max(MAX_RETRY_DELAY_DEFAULT_MS, retryDelayMs);
  if (maxMs < retryDelayMs) throw MAX_BELOW_DELAY;
  return { ...policy, maxRetryDelayMs: maxMs };
}

function numberNamed(word: Bytes, option: string): (typeof NUMBERS)[keyof typeof NUMBERS] {
  for (const [name, number] of Object.entries(NUMBERS)) if (name === option) return number;
  throw error(`Unrecognized XGROUP SETPOLICY option '${word}'`);
}

function parseWithin(text: Bytes, option: string, { min, max }: NumberOption): number {
  const value = parseInteger(text);
  if (value === undefined) throw NOT_AN_INTEGER;
  if (value < min || value > max) throw error(`${option} must be between ${min} and ${max}`);
  return value;
}
