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

function wordsOf(greeting: Partial<Greeting>): { requests: string[]; lines: number } {
  const { bytes, lines } = encodeGreeting({ ...GREETING, ...greeting });
  const requests = bytes.split("*").slice(1);
  const words = requests.map((one) => one.split("\r\n").filter((_, at) => at > 0 && at % 2 === 0));
  return { requests: words.map((one) => one.join(" ")), lines };
}

test("a replica says where it is, and asks for a link", () => {
  expect(wordsOf({})).toEqual({
    requests: ["REPLCONF listening-port 6380", `REPLCONF slotcast-sync 1 slotcast-node ${NODE}`],
    lines: 2,
  });
});

test("it gives a password, a user, an address, and what a failover needs", () => {
  const { requests } = wordsOf({
    password: "secret",
    user: "me",
    announced: { host: "replica", port: 1 },
    failoverOffset: 17,
  });
  expect(requests).toEqual([
    "AUTH me secret",
    "REPLCONF listening-port 1 ip-address replica",
    `REPLCONF slotcast-sync 1 slotcast-node ${NODE} slotcast-failover 17`,
  ]);
  expect(wordsOf({ password: "secret" }).requests[0]).toBe("AUTH secret");
});

test("an answer is a welcome, another address, or an error", () => {
  const welcome = `+${acceptingLine(NODE, 7, HISTORY)}`;
  expect(parseAnswer(["+OK", welcome])).toEqual({
    kind: "accepted",
    nodeId: NODE,
    epoch: 7,
    historyId: HISTORY,
  });
  expect(parseAnswer(["+OK", "-REDIRECT fe80::1:6380"])).toEqual({
    kind: "redirected",
    host: "fe80::1",
    port: 6380,
  });
  expect(parseAnswer(["+OK", "-ERR no"])).toEqual({ kind: "refused", error: "ERR no" });
  expect(parseAnswer(["-WRONGPASS bad", "-NOAUTH first", "-NOAUTH first"])).toEqual({
    kind: "refused",
    error: "WRONGPASS bad",
  });
  expect(parseAnswer(["-DENIED Redis is running"])).toEqual({
    kind: "refused",
    error: "DENIED Redis is running",
  });
  expect(parseAnswer(["+OK", "+CONTINUE"])).toMatchObject({ kind: "refused" });
});
