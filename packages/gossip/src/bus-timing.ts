import {
  INBOUND_SILENCE_MS_MIN,
  LINK_SILENCE_MS,
  LINK_SILENCE_MS_MIN,
  PING_PERIOD_MS,
  PING_PERIOD_MS_MIN,
  PINGS_PER_NODE_TIMEOUT,
  TICK_LATE_MS,
  TICK_MS,
  TICK_MS_MIN,
} from "./limits.ts";

/** The periods of a bus. */
export interface BusTiming {
  readonly tickMs: number;
  /** A tick that is later than due by more than this was held up. */
  readonly tickLateMs: number;
  readonly pingPeriodMs: number;
  /** Without a pong on a control link that we dialled. */
  readonly outboundSilenceMs: number;
  /** Without any frame on a control link that the peer dialled. */
  readonly inboundSilenceMs: number;
}

/** A cluster that shall notice a silence sooner must speak more often. */
export function busTiming(nodeTimeoutMs: number): BusTiming {
  const pingPeriodMs = clamp(
    nodeTimeoutMs / PINGS_PER_NODE_TIMEOUT,
    PING_PERIOD_MS_MIN,
    PING_PERIOD_MS,
  );
  const outboundSilenceMs = clamp(nodeTimeoutMs, LINK_SILENCE_MS_MIN, LINK_SILENCE_MS);
  return {
    tickMs: clamp(pingPeriodMs / 2, TICK_MS_MIN, TICK_MS),
    tickLateMs: Math.min(outboundSilenceMs / 4, TICK_LATE_MS),
    pingPeriodMs,
    outboundSilenceMs,
    inboundSilenceMs: Math.max(outboundSilenceMs, INBOUND_SILENCE_MS_MIN),
  };
}

function clamp(value: number, lowest: number, highest: number): number {
  return Math.min(Math.max(value, lowest), highest);
}
