import { expect, test } from "vitest";
import { busTiming } from "./bus-timing.ts";

test("with Redis' node timeout the periods are the longest, and a longer one changes nothing", () => {
  const slowest = {
    tickMs: 100,
    tickLateMs: 500,
    pingPeriodMs: 1000,
    outboundSilenceMs: 5000,
    inboundSilenceMs: 5000,
  };
  expect(busTiming(15_000)).toEqual(slowest);
  expect(busTiming(1_000_000)).toEqual(slowest);
});

test("with a short one a silence is noticed within it, after several pings", () => {
  expect(busTiming(1500)).toEqual({
    tickMs: 100,
    tickLateMs: 375,
    pingPeriodMs: 300,
    outboundSilenceMs: 1500,
    inboundSilenceMs: 3000,
  });
});

test("none makes it busy: pings are 50 ms apart at least", () => {
  expect(busTiming(0)).toEqual(busTiming(100));
  expect(busTiming(0)).toMatchObject({ tickMs: 25, pingPeriodMs: 50, outboundSilenceMs: 250 });
});

test("a peer with the longest node timeout is not taken for silent by one with the shortest", () => {
  const slow = busTiming(15_000);
  const quick = busTiming(0);
  expect(quick.inboundSilenceMs).toBeGreaterThanOrEqual(2 * (slow.pingPeriodMs + slow.tickMs));
});
