import { describe, expect, test } from "vitest";
import { formatSeed, parseSeeds } from "./seed-address.ts";

describe("seeds", () => {
  test.each<[string[], string]>([
    [["a:7000,b:7001"], "a:7000 b:7001"],
    [["a:7000", "b:7001"], "a:7000 b:7001"],
    [["a:7000,", ""], "a:7000"],
    [["node-1.example:6379@7777"], "node-1.example:6379@7777"],
    [["a:7000@17000"], "a:7000"],
    [["[::1]:7000,[fe80::1]:1@2"], "[::1]:7000 [fe80::1]:1@2"],
    [[""], ""],
  ])("%j are %j", (words, text) => {
    const seeds = parseSeeds(words);
    expect(seeds.map(formatSeed).join(" ")).toBe(text);
    expect(parseSeeds(text.split(" "))).toEqual(seeds);
  });

  test("have a bus 10000 above the port, unless they say another", () => {
    expect(parseSeeds(["a:7000,b:7000@1"]).map(({ busPort }) => busPort)).toEqual([17_000, 1]);
  });

  test.each(["a", "a:", "a:0", "a:65536", ":1", "::1:7000", "a:1@", "a:1@0", "a:60000", "a b:1"])(
    "%j is none",
    (text) => {
      expect(() => parseSeeds([text])).toThrow("is not of the form host:port");
    },
  );

  test("are named once", () => {
    expect(() => parseSeeds(["a:1", "a:1@10001"])).toThrow("'a:1' is there twice");
  });
});
