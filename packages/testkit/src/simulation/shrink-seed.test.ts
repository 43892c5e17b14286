import { expect, test } from "vitest";
import { fewestThatFail } from "./shrink-seed.ts";

test("what is left fails, and no single part of it can be left out", async () => {
  const all = Array.from({ length: 40 }, (_, index) => index);
  const needed = [3, 17, 18, 39];
  let tries = 0;
  const fails = async (items: readonly number[]): Promise<boolean> => {
    tries += 1;
    return needed.every((item) => items.includes(item));
  };
  expect(await fewestThatFail(all, fails, () => {})).toEqual(needed);
  expect(tries).toBeLessThan(150);
});
