import { expect, test } from "vitest";
import { acceptingLine, encodeGreeting, parseAnswer, type Greeting } from "./greeting.ts";

const NODE = "a".repeat(40);
const HISTORY = "b".repeat(40);
const GREETING: Greeting = {
  nodeId: NODE,
  announced: { host: "", port: 6380 },
  user: "",
  password: "",
  failoverOffset: undefined,
};

function wordsOf(greeting: Partial<Greeting>): { introduction: string[]; link: string } {
  const { introduction, link } = encodeGreeting({ ...GREETING, ...greeting });
  return { introduction: introduction.map(textOf), link: textOf(link) };
}

function textOf(request: string): string {
  const words = request.split("\r\n").filter((_, at) => at > 0 && at % 2 === 0);
  return words.join(" ");
}

test("a replica says where it is, and asks for a link", () => {
  expect(wordsOf({})).toEqual({
    introduction: ["REPLCONF listening-port 6380"],
    link: `REPLCONF slotcast-sync 1 slotcast-node ${NODE}`,
  });
});

test("it gives a password, a user, an address, and what a failover needs", () => {
  const words = wordsOf({
    password: "secret",
    user: "me",
    announced: { host: "replica", port: 1 },
    failoverOffset: 17,
  });
  expect(words).toEqual({
    introduction: ["AUTH me secret", "REPLCONF listening-port 1 ip-address replica"],
    link: `REPLCONF slotcast-sync 1 slotcast-node ${NODE} slotcast-failover 17`,
  });
  expect(wordsOf({ password: "secret" }).introduction[0]).toBe("AUTH secret");
});

test("an answer is a welcome, another address, or an error", () => {
  expect(parseAnswer(`+${acceptingLine(NODE, 7, HISTORY)}`)).toEqual({
    kind: "accepted",
    nodeId: NODE,
    epoch: 7,
    historyId: HISTORY,
  });
  expect(parseAnswer("-REDIRECT fe80::1:6380")).toEqual({
    kind: "redirected",
    host: "fe80::1",
    port: 6380,
  });
  expect(parseAnswer("-ERR no")).toEqual({ kind: "refused", error: "ERR no" });
  expect(parseAnswer("+CONTINUE")).toEqual({ kind: "refused", error: "odd answer: +CONTINUE" });
});

test("nobody is sent to a port that there cannot be", () => {
  expect(parseAnswer("-REDIRECT h:65535")).toEqual({ kind: "redirected", host: "h", port: 65_535 });
  const error = "REDIRECT h:65536";
  expect(parseAnswer(`-${error}`)).toEqual({ kind: "refused", error });
});
