import { describe, expect, test } from "vitest";
import { SocketlessNode } from "./commands/socketless-node.ts";

describe("a client that is freed goes on after the one that freed it", () => {
  test("so waiters behind it are served before its next command", () => {
    const node = new SocketlessNode();
    const [first, second, pusher] = [node.connect(), node.connect(), node.connect()];
    expect(first.send("BLPOP x 0", "LPOP x")).toBe("");
    expect(second.send("BLPOP x 0")).toBe("");
    expect(pusher.send("RPUSH x 1 2")).toBe(":2");
    expect(first.received()).toBe("*2 $1 x $1 1 $-1");
    expect(second.received()).toBe("*2 $1 x $1 2");
  });

  test("and thousands that free each other in a chain are no recursion", () => {
    const node = new SocketlessNode();
    const chain = Array.from({ length: 8000 }, () => node.connect());
    for (const [index, client] of chain.entries()) {
      const next = chain[index + 1]?.connection.id ?? 0;
      client.send(`BLPOP key${index} 0`, `CLIENT UNBLOCK ${next}`);
    }
    expect(node.connect().send(`CLIENT UNBLOCK ${chain[0]?.connection.id ?? 0}`)).toBe(":1");
    expect(chain.at(-1)?.received()).toBe("*-1 :0");
  });

  test("and is not held and parked at once by a pause that began meanwhile", () => {
    const node = new SocketlessNode();
    const [first, second, pusher] = [node.connect(), node.connect(), node.connect()];
    first.send("BLPOP y 0", "CLIENT PAUSE 100000 ALL");
    second.send("BLPOP y 0");
    pusher.send("RPUSH y 1 2");
    expect(second.received()).toBe("*2 $1 y $1 2");
    first.send("CLIENT UNPAUSE");
    pusher.send("RPUSH y 3");
    expect(second.received()).toBe("");
    expect(pusher.send("LLEN y")).toBe(":1");
  });
});

describe("CLIENT REPLY SKIP", () => {
  test("mutes the reply of a command that had to wait for it", () => {
    const node = new SocketlessNode();
    const [waiter, pusher] = [node.connect(), node.connect()];
    waiter.send("CLIENT REPLY SKIP", "BLPOP q 0");
    pusher.send("RPUSH q 1");
    expect(waiter.send("PING")).toBe("+PONG");
  });
});

describe("counters", () => {
  test("a command that waited counts once", () => {
    const node = new SocketlessNode();
    const [waiter, pusher] = [node.connect(), node.connect()];
    waiter.send("BLPOP q 0");
    pusher.send("RPUSH q 1");
    expect(node.broker.stats.commandsProcessed).toBe(2);
  });

  test("a protocol error is an error reply", () => {
    const node = new SocketlessNode();
    const client = node.connect();
    client.connection.decoder.push("*1\r\n+");
    client.send();
    expect(node.broker.stats.errorReplies).toBe(1);
  });
});

describe("CLIENT PAUSE", () => {
  test("a request that it holds back goes with its connection", () => {
    const node = new SocketlessNode();
    const [admin, gone, patient] = [node.connect(), node.connect(), node.connect()];
    admin.send("CLIENT PAUSE 100000 ALL");
    gone.send("SET gone 1");
    patient.send("SET patient 1");
    node.broker.pause.forget(gone.connection);
    admin.send("CLIENT UNPAUSE");
    expect(patient.received()).toBe("+OK");
    expect(admin.send("EXISTS gone patient")).toBe(":1");
  });
});

test("an option full of line breaks costs no more than its length", () => {
  const client = new SocketlessNode().connect();
  const startedMs = performance.now();
  expect(client.send(`HELLO 3 ${"\n".repeat(150_000)}x`)).toMatch(/^-ERR Syntax error in HELLO/);
  expect(performance.now() - startedMs).toBeLessThan(5000); // quadratic: half a minute
});
