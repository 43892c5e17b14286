import { describe, expect, test } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";

// Goal: every error and every state of CLIENT TRACKING and its kin, as redis-server 7.0.15 answers them.

const connect = (): SocketlessClient => new SocketlessNode().connect();

const INFO = "CLIENT TRACKINGINFO";

/** A TRACKINGINFO reply of RESP2. */
function info(flags: readonly string[], redirect: number, prefixes: readonly string[]): string {
  const bulk = (text: string): string => `$${text.length} ${text}`;
  const parts = [
    ...["*6", bulk("flags"), `*${flags.length}`, ...flags.map(bulk)],
    ...[bulk("redirect"), `:${redirect}`],
    ...[bulk("prefixes"), `*${prefixes.length}`, ...prefixes.map(bulk)],
  ];
  return parts.join(" ").trimEnd();
}

const OFF = info(["off"], -1, []);
const BCAST_SWITCHED =
  "-ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.";
const OPT_SWITCHED =
  "-ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.";
const NOT_OPTIONAL =
  "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled";

describe("CLIENT TRACKING", () => {
  test.each([
    ["maybe", "-ERR syntax error"],
    ["on foo", "-ERR syntax error"],
    ["off foo", "-ERR syntax error"],
    ["off", "+OK"],
    ["off optin optout bcast", "+OK"],
    ["maybe redirect x", "-ERR value is not an integer or out of range"],
    ["on redirect 99", "-ERR The client ID you want redirect to does not exist"],
    ["on redirect -5", "-ERR The client ID you want redirect to does not exist"],
    ["on redirect 0", "-ERR The client ID you want redirect to does not exist"],
    ["on redirect", "-ERR syntax error"],
    ["on redirect 1 redirect 1", "-ERR A client can only redirect to a single other client"],
    ["on prefix", "-ERR syntax error"],
    ["on prefix a", "-ERR PREFIX option requires BCAST mode to be enabled"],
    ["on bcast optin", "-ERR OPTIN and OPTOUT are not compatible with BCAST"],
    ["on bcast optout", "-ERR OPTIN and OPTOUT are not compatible with BCAST"],
    ["on optin optout", "-ERR You can't specify both OPTIN mode and OPTOUT mode"],
    [
      "on bcast prefix foo prefix foobar",
      "-ERR Prefix 'foo' overlaps with another provided prefix 'foobar'. Prefixes for a single client must not overlap.",
    ],
    [
      "on bcast prefix foo prefix foo",
      "-ERR Prefix 'foo' overlaps with another provided prefix 'foo'. Prefixes for a single client must not overlap.",
    ],
  ])("%j is answered %j and changes nothing", (words, reply) => {
    expect(connect().send(`CLIENT TRACKING ${words}`, INFO)).toBe(`${reply} ${OFF}`);
  });

  test("ON again adds prefixes, in byte order, unless they overlap with those in force", () => {
    const client = connect();
    client.send("CLIENT TRACKING on BCAST prefix foo prefix bar");
    expect(client.send("CLIENT TRACKING on bcast prefix foobar")).toBe(
      "-ERR Prefix 'foobar' overlaps with an existing prefix 'foo'. Prefixes for a single client must not overlap.",
    );
    client.send("CLIENT TRACKING on bcast prefix zed", "CLIENT TRACKING on bcast noloop");
    expect(client.send(INFO)).toBe(info(["on", "bcast", "noloop"], 0, ["", "bar", "foo", "zed"]));
  });

  test("ON again replaces the options, but modes are not switched", () => {
    const client = connect();
    client.send("CLIENT TRACKING on OPTIN REDIRECT 1");
    expect(client.send(INFO)).toBe(info(["on", "optin"], 1, []));
    expect(client.send("CLIENT TRACKING on optout")).toBe(OPT_SWITCHED);
    expect(client.send("CLIENT TRACKING on bcast")).toBe(BCAST_SWITCHED);
    expect(client.send("CLIENT TRACKING on noloop", INFO)).toBe(
      `+OK ${info(["on", "noloop"], 0, [])}`,
    );
    expect(client.send("CLIENT TRACKING off", INFO)).toBe(`+OK ${OFF}`);
  });

  test("RESET ends it", () => {
    expect(connect().send("CLIENT TRACKING on bcast prefix a", "RESET", INFO)).toBe(
      `+OK +RESET ${OFF}`,
    );
  });

  test("TRACKINGINFO is a map and a set in RESP3, GETREDIR a number", () => {
    const client = connect();
    client.send("HELLO 3", "CLIENT TRACKING on REDIRECT 1");
    expect(client.send(INFO, "CLIENT GETREDIR")).toBe(
      "%3 $5 flags ~1 $2 on $8 redirect :1 $8 prefixes *0 :1",
    );
    expect(connect().send("CLIENT GETREDIR")).toBe(":-1");
  });
});

describe("CLIENT CACHING", () => {
  test("is refused without its mode", () => {
    expect(connect().send("CLIENT CACHING maybe")).toBe(NOT_OPTIONAL);
    const client = connect();
    client.send("CLIENT TRACKING on");
    expect(client.send("CLIENT CACHING yes")).toBe(
      "-ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
    );
    expect(client.send("CLIENT CACHING no")).toBe(
      "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
    );
    expect(client.send("CLIENT CACHING maybe")).toBe("-ERR syntax error");
  });

  test.each([
    ["optin", "yes", "caching-yes"],
    ["optout", "no", "caching-no"],
  ])("holds for one command that is not CLIENT, %s", (mode, word, flag) => {
    const given = info(["on", mode, flag], 0, []);
    const gone = info(["on", mode], 0, []);
    const client = connect();
    client.send(`CLIENT TRACKING on ${mode}`);
    const caching = `CLIENT CACHING ${word}`;
    expect(client.send(caching, INFO, "CLIENT CACHING x", INFO)).toBe(
      `+OK ${given} -ERR syntax error ${given}`,
    );
    expect(client.send("PING", INFO)).toBe(`+PONG ${gone}`);
    // A refused command ends it as well.
    expect(client.send(caching, "NOSUCH", INFO)).toMatch(
      new RegExp(`${gone.replaceAll("*", "\\*").replaceAll("$", "\\$")}$`),
    );
    client.send(caching, "GET");
    expect(client.send(INFO)).toBe(gone);
    // A transaction that begins with it is one command.
    client.send(caching, "MULTI", "PING");
    expect(client.send(INFO, "EXEC")).toBe(`+QUEUED *2 +PONG ${given}`);
    expect(client.send(INFO)).toBe(gone);
  });
});

test("CLIENT CAPA takes any capability and shows the one it knows", () => {
  const client = connect();
  expect(client.send("CLIENT CAPA")).toBe(
    "-ERR wrong number of arguments for 'client|capa' command",
  );
  expect(client.send("CLIENT CAPA foo bar", "CLIENT INFO")).toMatch(/\+OK .* capa= db=/);
  expect(client.send("CLIENT CAPA foo REDIRECT", "CLIENT INFO")).toMatch(/\+OK .* capa=r db=/);
});
