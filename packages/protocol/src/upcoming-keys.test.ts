import { describe, expect, test } from "vitest";
import { ascii } from "./bytes.ts";
import { UPCOMING_KEYS_MAX, UpcomingKeys } from "./upcoming-keys.ts";

function request(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

function found(text: string, position = 0): string[] {
  const keys = new UpcomingKeys();
  keys.find(ascii(text), position);
  return Array.from({ length: keys.count }, (_, at) =>
    text.slice(keys.bounds[2 * at], keys.bounds[2 * at + 1]),
  );
}

describe("the keys of the next requests", () => {
  test("are their second words, whatever those hold; one that is missing or long is empty", () => {
    const long = "k".repeat(1234);
    const text = [["GET", "a\r\n$1"], ["PING"], ["SET", "", "x"], ["DEL", long, "b"], ["GET", "c"]];
    expect(found(text.map((words) => request(...words)).join(""))).toEqual([
      "a\r\n$1",
      "",
      "",
      "",
      "c",
    ]);
  });

  test("are looked for from a position on, and not beyond what is looked for at a time", () => {
    const text = Array.from({ length: 600 }, (_, at) => request("GET", `k${at + 100}`)).join("");
    const one = request("GET", "k100").length;
    expect(found(text)).toHaveLength(UPCOMING_KEYS_MAX);
    expect(found(text, 598 * one)).toEqual(["k698", "k699"]);
  });

  test.each([
    ["one that is not whole", request("GET", "b").slice(0, -3)],
    ["one without its last byte", request("GET", "b").slice(0, -1)],
    ["one whose head is not whole", "*2\r\n$3\r\nGET\r\n$1"],
    ["an inline one", "GET b\r\n"],
    ["one of no words", "*0\r\n"],
    ["a negative length", "*2\r\n$3\r\nGET\r\n$-1\r\n"],
    ["a length that is none", "*2\r\n$x\r\nGET\r\n"],
    ["more words than there are", "*999999999\r\n$3\r\nGET\r\n"],
    ["nothing", ""],
  ])("end before %s", (_, rest) => {
    expect(found(request("GET", "a") + rest)).toEqual(["a"]);
  });
});

test("the text is let go of", () => {
  const keys = new UpcomingKeys();
  keys.find(ascii(request("GET", "a")), 0);
  keys.forget();
  expect([keys.text, keys.count]).toEqual(["", 0]);
});
