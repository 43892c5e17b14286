import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { ROUTE_CHANNEL_BYTES_MAX, ROUTES_MAX } from "./limits.ts";
import { Batch } from "./publish-batches.ts";
import { RouteCache } from "./route-cache.ts";

test("a channel is decided once, until everything is invalidated", () => {
  let decisions = 0;
  const cache = new RouteCache(() => {
    decisions += 1;
    return [{ batch: new Batch(0) }];
  });
  const first = cache.routeOf(ascii("news"));
  expect(cache.routeOf(ascii("news"))).toBe(first);
  expect(decisions).toBe(1);
  cache.invalidate();
  expect(cache.routeOf(ascii("news"))).not.toBe(first);
  expect(decisions).toBe(2);
});

test("the memory is bounded in channels and in the length of their names", () => {
  const cache = new RouteCache(() => []);
  const long = ascii("x".repeat(ROUTE_CHANNEL_BYTES_MAX + 1));
  expect(cache.routeOf(long)).not.toBe(cache.routeOf(long));
  for (let index = 0; index <= ROUTES_MAX; index += 1) cache.routeOf(ascii(`${index}`));
  expect(cache.size).toBeLessThanOrEqual(ROUTES_MAX);
});
