import { ascii } from "@slotcast/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../commands/socketless-node.ts";

// Goal: who is told of which key, when and how; the transcripts are those of redis-server 7.0.15.

let node: SocketlessNode;
let writer: SocketlessClient;

beforeEach(() => {
  node = new SocketlessNode();
  writer = node.connect();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A client that gets pushes, with the options of CLIENT TRACKING ON. */
function tracker(...options: readonly string[]): SocketlessClient {
  const client = node.connect();
  client.send("HELLO 3");
  client.send(["CLIENT TRACKING ON", ...options].join(" "));
  return client;
}

function invalidate(...keys: readonly string[]): string {
  const bulks = keys.map((key) => ` $${key.length} ${key}`).join("");
  return `>2 $10 invalidate *${keys.length}${bulks}`;
}

const EVERY_KEY = ">2 $10 invalidate _";

describe("keys that were read", () => {
  test("are told once when they change, and again only when they were read again", () => {
    const client = tracker();
    client.send("GET a", "GET b");
    writer.send("SET a 1");
    expect(client.received()).toBe(invalidate("a"));
    writer.send("SET a 2");
    expect(client.received()).toBe("");
    writer.send("MSET a 3 b 1");
    expect(client.received()).toBe(invalidate("b"));
  });

  test("are those of reading commands, missing ones included, and not of writing ones", () => {
    const client = tracker();
    client.send("EXISTS missing", "LRANGE list 0 -1", "INCR counter", "LPOP popped");
    writer.send("SET missing 1", "RPUSH list a", "INCR counter", "RPUSH popped a");
    expect(client.received()).toBe(`${invalidate("missing")} ${invalidate("list")}`);
  });

  test("change by expiry as well, also when the reader itself finds it", () => {
    const client = tracker();
    writer.send("SET a 1 PX 100000");
    client.send("GET a");
    vi.setSystemTime(Date.now() + 200_000);
    expect(client.send("GET a")).toBe(`_ ${invalidate("a")}`);
  });

  test("are names: another database counts", () => {
    const client = tracker();
    client.send("GET a");
    writer.send("SELECT 3", "SET a 1");
    expect(client.received()).toBe(invalidate("a"));
  });

  test("are told to a client of RESP2 by nobody", () => {
    const client = node.connect();
    client.send("CLIENT TRACKING ON", "GET a");
    writer.send("SET a 1");
    expect(client.received()).toBe("");
  });

  test("are forgotten when nobody tracks any more", () => {
    const client = tracker();
    client.send("MGET a b");
    expect(node.broker.tracking).toMatchObject({ clientCount: 1, keyCount: 2, itemCount: 2 });
    const other = tracker();
    other.send("MGET b c");
    expect(node.broker.tracking).toMatchObject({ clientCount: 2, keyCount: 3, itemCount: 4 });
    client.send("CLIENT TRACKING OFF");
    other.send("RESET");
    expect(node.broker.tracking).toMatchObject({ clientCount: 0, keyCount: 0, itemCount: 0 });
    expect(node.broker.gates.bits).toBe(0);
  });

  test("are at most tracking-table-max-keys: the oldest are told as if they had changed", () => {
    const client = tracker();
    writer.send("CONFIG SET tracking-table-max-keys 2");
    expect(client.send("MGET a b c")).toBe(`*3 _ _ _ ${invalidate("a")}`);
    expect(node.broker.tracking.keyCount).toBe(2);
    writer.send("CONFIG SET tracking-table-max-keys 0");
    client.send("MGET d e f");
    expect(node.broker.tracking.keyCount).toBe(5);
  });
});

describe("what a client changes itself", () => {
  test("is told after the reply, and after all replies of a transaction", () => {
    const client = tracker();
    client.send("MGET a b");
    expect(client.send("SET a 1", "GET a", "DEL a")).toBe(
      `+OK ${invalidate("a")} $1 1 :1 ${invalidate("a")}`,
    );
    expect(client.send("MULTI", "SET a 5", "GET a", "SET b 6", "SET a 7", "EXEC")).toBe(
      "+OK +QUEUED +QUEUED +QUEUED +QUEUED *4 +OK $1 5 +OK +OK " +
        `${invalidate("b")} ${invalidate("a")}`,
    );
  });

  test("is not told with NOLOOP, but to the others", () => {
    const [client, other] = [tracker("NOLOOP"), tracker()];
    client.send("GET a");
    other.send("GET a");
    expect(client.send("SET a 1")).toBe("+OK");
    expect(other.received()).toBe(invalidate("a"));
    client.send("GET a");
    writer.send("SET a 2");
    expect(client.received()).toBe(invalidate("a"));
  });
});

describe("FLUSHALL and FLUSHDB", () => {
  test.each(["FLUSHALL", "FLUSHDB"])(
    "%s makes everything invalid, also of an empty database",
    (flush) => {
      const [client, broadcast] = [tracker(), tracker("BCAST PREFIX a")];
      writer.send(flush);
      expect(client.received()).toBe(EVERY_KEY);
      expect(broadcast.received()).toBe(EVERY_KEY);
      expect(client.send("MULTI", flush, "PING", "EXEC")).toBe(
        `+OK +QUEUED +QUEUED *2 +OK +PONG ${EVERY_KEY}`,
      );
    },
  );
});

describe("REDIRECT", () => {
  const message = (keys: string): string => `*3 $7 message $20 __redis__:invalidate ${keys}`;

  test("tells a subscriber of RESP2, whatever it subscribed to", () => {
    const receiver = node.connect();
    const client = node.connect();
    client.send(`CLIENT TRACKING ON REDIRECT ${receiver.connection.id}`, "GET a");
    writer.send("SET a 1");
    expect(receiver.received()).toBe("");
    receiver.send("SUBSCRIBE __redis__:invalidate");
    client.send("GET a");
    expect(client.send("SET a 2")).toBe("+OK");
    expect(receiver.received()).toBe(message("*1 $1 a"));
    receiver.send("UNSUBSCRIBE", "SUBSCRIBE other");
    writer.send("FLUSHALL");
    expect(receiver.received()).toBe(message("$-1"));
  });

  test("tells a client of RESP3 by a push, after the reply to what it runs itself", () => {
    const receiver = node.connect();
    receiver.send("HELLO 3");
    const client = tracker(`REDIRECT ${receiver.connection.id}`);
    client.send("GET a");
    expect(receiver.send("SET a 1")).toBe(`+OK ${invalidate("a")}`);
    expect(client.received()).toBe("");
  });

  test("is broken when the other client is gone: RESP3 is told so, and CLIENT TRACKINGINFO shows it", () => {
    const receiver = node.connect();
    const { id } = receiver.connection;
    const client = tracker(`REDIRECT ${id}`);
    receiver.connection.destroy();
    client.send("GET a");
    writer.send("SET a 1");
    expect(client.received()).toBe(`>2 $21 tracking-redir-broken :${id}`);
    expect(client.send("CLIENT TRACKINGINFO")).toContain("$15 broken_redirect");
    expect(client.send("CLIENT INFO")).toMatch(new RegExp(` flags=tR .* redir=${id} `));
    client.send("CLIENT TRACKING ON");
    expect(client.send("CLIENT TRACKINGINFO")).not.toContain("broken_redirect");
  });
});

describe("BCAST", () => {
  test("tells each prefix once a turn, keys and prefixes in byte order", () => {
    const client = tracker("BCAST PREFIX b PREFIX a");
    writer.send("MSET a1 1 b1 2 c1 3 a0 1", "SET a1 2");
    expect(client.received()).toBe(`${invalidate("a0", "a1")} ${invalidate("b1")}`);
    writer.send("DEL a1 nokey");
    expect(client.received()).toBe(invalidate("a1"));
    expect(client.received()).toBe("");
  });

  test("comes after all replies of the turn", () => {
    const client = tracker("BCAST");
    expect(client.send("SET a1 5", "SET a0 5", "PING")).toBe(
      `+OK +OK +PONG ${invalidate("a0", "a1")}`,
    );
  });

  test("with NOLOOP leaves out what the client changed first, but not what expired", () => {
    const client = tracker("BCAST NOLOOP");
    client.send("SET a 1", "SET b 1 PX 100000");
    expect(client.received()).toBe("");
    client.connection.decoder.push("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n2\r\n");
    node.pump(client.connection);
    writer.send("MSET a 3 c 1");
    expect(client.received()).toBe(`+OK ${invalidate("c")}`);
    vi.setSystemTime(Date.now() + 200_000);
    expect(client.send("GET b")).toBe(`_ ${invalidate("b")}`);
  });

  test("of several clients shares a prefix until the last one leaves", () => {
    const [one, two] = [tracker("BCAST PREFIX a"), tracker("BCAST PREFIX a PREFIX b")];
    expect(node.broker.tracking.prefixCount).toBe(2);
    writer.send("SET a 1");
    expect([one.received(), two.received()]).toEqual([invalidate("a"), invalidate("a")]);
    two.send("CLIENT TRACKING OFF");
    expect(node.broker.tracking.prefixCount).toBe(1);
  });
});

describe("OPTIN and OPTOUT", () => {
  test("OPTIN remembers only after CLIENT CACHING YES, for a command or a transaction", () => {
    const client = tracker("OPTIN");
    client.send("GET a");
    client.send("CLIENT CACHING YES", "GET b", "GET c");
    client.send("CLIENT CACHING YES", "MULTI", "GET d", "GET e", "EXEC", "GET f");
    writer.send("MSET a 1 b 1 c 1 d 1 e 1 f 1");
    expect(client.received()).toBe([invalidate("b"), invalidate("d"), invalidate("e")].join(" "));
  });

  test("CLIENT CACHING outlasts CLIENT TRACKING ON again, not OFF", () => {
    const client = tracker("OPTIN");
    client.send("CLIENT CACHING YES");
    expect(client.send("CLIENT TRACKING ON OPTIN", "CLIENT TRACKINGINFO")).toContain("caching-yes");
    client.send("CLIENT CACHING YES", "CLIENT TRACKING OFF", "CLIENT TRACKING ON OPTIN");
    expect(client.send("CLIENT TRACKINGINFO")).not.toContain("caching-yes");
  });

  test("OPTOUT remembers all but after CLIENT CACHING NO", () => {
    const client = tracker("OPTOUT");
    client.send("GET a", "CLIENT CACHING NO", "GET b", "GET c");
    writer.send("MSET a 1 b 1 c 1");
    expect(client.received()).toBe(`${invalidate("a")} ${invalidate("c")}`);
  });
});

test("CLIENT REPLY OFF does not silence it, and messages of before stay before it", () => {
  const client = tracker();
  client.send("GET a", "SUBSCRIBE news", "CLIENT REPLY OFF");
  writer.send("PUBLISH news first", "SET a 1", "PUBLISH news second");
  const news = (payload: string): string => `>3 $7 message $4 news $${payload.length} ${payload}`;
  expect(client.received()).toBe(`${news("first")} ${invalidate("a")} ${news("second")}`);
});

test("a change that no command made is told at once", () => {
  const client = tracker();
  client.send("GET a");
  node.broker.keyspace.table(0).set(ascii("a"), ascii("1"));
  expect(client.received()).toBe(invalidate("a"));
  expect(node.broker.tracking.keyCount).toBe(0);
});
