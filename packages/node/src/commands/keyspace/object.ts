import { ascii, CommandError, type Bytes } from "@slotcast/protocol";
import type { Value } from "@slotcast/store";
import type { CommandContext, Handler } from "../handler.ts";
import { encodingOf, referencesOf } from "./object-encoding.ts";

const SWITCHING_POLICIES =
  "Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";
const NO_FREQUENCY = new CommandError(
  "ERR",
  `An LFU maxmemory policy is not selected, access frequency not tracked. ${SWITCHING_POLICIES}`,
);
const NO_IDLE_TIME = new CommandError(
  "ERR",
  `An LFU maxmemory policy is selected, idle time not tracked. ${SWITCHING_POLICIES}`,
);

/** OBJECT ENCODING key. Reply: Redis' word for how it would keep the value; null without one. */
export const objectEncoding = aboutKey(({ reply }, value) => {
  reply.bulk(ascii(encodingOf(value)));
});

/** OBJECT REFCOUNT key. Reply: 1, and Redis' large number for a small integer; null without a value. */
export const objectRefcount = aboutKey(({ reply }, value) => {
  reply.integer(referencesOf(value));
});

/** OBJECT FREQ key. Reply: how often the key is used, by Redis' logarithmic counter; null without one. */
export const objectFreq = aboutKey((context, _value, key) => {
  if (!tracksFrequency(context)) throw NO_FREQUENCY;
  const { keys: ledger } = context.broker.memory;
  const account = ledger.find(context.keys, key);
  context.reply.integer(account === undefined ? 0 : ledger.frequencyOf(account, context.nowMs));
});

/**
 * OBJECT IDLETIME key. Reply: seconds since the key was used; null without one. 0 while nobody counts: without a
 * `maxmemory` and a policy that goes by use.
 */
export const objectIdletime = aboutKey((context, _value, key) => {
  if (tracksFrequency(context)) throw NO_IDLE_TIME;
  const account = context.broker.memory.keys.find(context.keys, key);
  const usedAtMs = account?.usedAtMs ?? context.nowMs;
  context.reply.integer(Math.max(0, Math.floor((context.nowMs - usedAtMs) / 1000)));
});

function aboutKey(answer: (context: CommandContext, value: Value, key: Bytes) => void): Handler {
  return (context, argv) => {
    const [, , key] = argv as readonly [Bytes, Bytes, Bytes]; // arity
    const value = context.keys.inspect(key, context.nowMs);
    if (value === undefined) context.reply.nullBulk();
    else answer(context, value, key);
  };
}

function tracksFrequency({ broker }: CommandContext): boolean {
  return broker.config.get("maxmemory-policy").endsWith("-lfu");
}
