import { startCluster, until, type TestCluster } from "@slotcast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectIoredis } from "../clients/ioredis-client.ts";
import { RedisCli, redisCliVersion } from "../clients/redis-cli.ts";

// Goal: what people do with pub/sub gives the replies that they know, to the character.
// Method: transcripts of redis-cli -c in both protocols, then the same stories through ioredis; through node-redis:
// test/clients.

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

const DELIVERED_WITHIN_MS = 5000;
const READING = "Reading messages... (press Ctrl-C to quit)\n";

describe.skipIf(redisCliVersion() === undefined).each([2, 3] as const)(
  "redis-cli -c in RESP%i",
  (protocol) => {
    const cliOf = (node: number): RedisCli =>
      new RedisCli({ port: cluster.node(node).port, protocol });

    test("PUBLISH answers the number of receivers on its node", async () => {
      expect(await cliOf(0).run("PUBLISH", "hello", "world")).toBe("(integer) 0\n");
      await using subscriber = cliOf(0).start("SUBSCRIBE", "hello");
      await subscriber.untilPrinted(`${READING}1) "subscribe"\n2) "hello"\n3) (integer) 1\n`);
      expect(await cliOf(0).run("PUBLISH", "hello", "world")).toBe("(integer) 1\n");
      expect(await cliOf(1).run("PUBLISH", "hello", "again")).toBe("(integer) 0\n");
    });

    test("SUBSCRIBE confirms each channel; a message has neither sender nor time", async () => {
      await using subscriber = cliOf(0).start("SUBSCRIBE", "event1", "event2");
      const confirmed = [
        ...['1) "subscribe"', '2) "event1"', "3) (integer) 1"],
        ...['1) "subscribe"', '2) "event2"', "3) (integer) 2"],
      ];
      await subscriber.untilPrinted(`${READING}${confirmed.join("\n")}\n`);
      expect(await cliOf(0).run("PUBLISH", "event2", "happened")).toBe("(integer) 1\n");
      const message = ['1) "message"', '2) "event2"', '3) "happened"'];
      await subscriber.untilPrinted(`${READING}${[...confirmed, ...message].join("\n")}\n`);
    });

    test("PSUBSCRIBE mail-* hears pmessage for what matches and nothing else", async () => {
      await using subscriber = cliOf(2).start("PSUBSCRIBE", "mail-*");
      const confirmed = ['1) "psubscribe"', '2) "mail-*"', "3) (integer) 1"];
      await subscriber.untilPrinted(`${READING}${confirmed.join("\n")}\n`);
      expect(await cliOf(2).run("PUBLISH", "post-1", "no")).toBe("(integer) 0\n");
      expect(await cliOf(2).run("PUBLISH", "mail-1", "yes")).toBe("(integer) 1\n");
      const message = ['1) "pmessage"', '2) "mail-*"', '3) "mail-1"', '4) "yes"'];
      await subscriber.untilPrinted(`${READING}${[...confirmed, ...message].join("\n")}\n`);
    });

    test("a message published on any node reaches subscribers on every node", async () => {
      await using first = cliOf(0).start("SUBSCRIBE", "everywhere");
      await using second = cliOf(1).start("SUBSCRIBE", "everywhere");
      await using third = cliOf(2).start("SUBSCRIBE", "everywhere");
      let expected = `${READING}1) "subscribe"\n2) "everywhere"\n3) (integer) 1\n`;
      for (const subscriber of [first, second, third]) await subscriber.untilPrinted(expected);
      for (const node of [0, 1, 2]) {
        expect(await cliOf(node).run("PUBLISH", "everywhere", `from ${node}`)).toBe(
          "(integer) 1\n",
        );
        expected += `1) "message"\n2) "everywhere"\n3) "from ${node}"\n`;
        for (const subscriber of [first, second, third]) await subscriber.untilPrinted(expected);
      }
    });

    test("SSUBSCRIBE and SPUBLISH from any node meet at the owner of the channel", async () => {
      const owner = cluster.nodes.indexOf(cluster.nodeOf("ch1"));
      const [other = 0, another = 0] = [0, 1, 2].filter((node) => node !== owner);
      await using subscriber = cliOf(other).start("SSUBSCRIBE", "ch1");
      const confirmed = ['1) "ssubscribe"', '2) "ch1"', "3) (integer) 1"];
      // Once for the node that redirected, once for the owner.
      await subscriber.untilPrinted(`${READING}${READING}${confirmed.join("\n")}\n`);
      for (const node of [owner, other, another]) {
        expect(await cliOf(node).run("SPUBLISH", "ch1", "v")).toBe("(integer) 1\n");
      }
      const message = ['1) "smessage"', '2) "ch1"', '3) "v"'];
      const printed = [...confirmed, ...message, ...message, ...message].join("\n");
      await subscriber.untilPrinted(`${READING}${READING}${printed}\n`);
    });
  },
);

describe("what the other nodes answer", () => {
  test("SSUBSCRIBE and SPUBLISH of a channel that another node owns are redirected", async () => {
    const owner = cluster.nodeOf("ch1");
    for (const node of cluster.nodes.filter((each) => each !== owner)) {
      await using client = await node.connect();
      const moved = `MOVED 9930 127.0.0.1:${owner.port}`;
      await expect(client.call("SPUBLISH", "ch1", "v")).rejects.toThrow(moved);
      await expect(client.call("SSUBSCRIBE", "ch1")).rejects.toThrow(moved);
    }
  });

  test("SSUBSCRIBE of channels in several slots is refused", async () => {
    await using client = await cluster.nodeOf("ch1").connect();
    await expect(client.call("SSUBSCRIBE", "ch1", "ch2")).rejects.toThrow(
      "CROSSSLOT Keys in request don't hash to the same slot",
    );
  });
});

describe.each([2, 3] as const)("ioredis in RESP%i", (protocol) => {
  test("a subscriber of CH1 and CH* hears twice: message, then pmessage", async () => {
    await using subscriber = await connectIoredis(cluster.node(0).port, protocol);
    await using publisher = await connectIoredis(cluster.node(1).port, protocol);
    const heard: string[] = [];
    await subscriber.subscribe("CH1", (message) => heard.push(`message ${message}`));
    await subscriber.subscribePattern("CH*", (message, channel) => {
      heard.push(`pmessage ${channel} ${message}`);
    });
    await publisher.publish("CH1", "twice");
    await until(() => heard.length >= 2, { withinMs: DELIVERED_WITHIN_MS });
    expect(heard).toEqual(["message twice", "pmessage CH1 twice"]);
  });

  test("a sharded message reaches the subscribers of its channel, and no classic ones", async () => {
    await using subscriber = await connectIoredis(cluster.node(0).port, protocol);
    await using publisher = await connectIoredis(cluster.node(1).port, protocol);
    const heard: string[] = [];
    await subscriber.subscribe("ch1", (message) => heard.push(`message ${message}`));
    await subscriber.subscribeSharded("ch1", (message) => heard.push(`smessage ${message}`));
    expect(await publisher.publishSharded("ch1", "v")).toBe(1);
    await until(() => heard.length >= 1, { withinMs: DELIVERED_WITHIN_MS });
    await publisher.publish("ch1", "classic");
    await until(() => heard.length >= 2, { withinMs: DELIVERED_WITHIN_MS });
    expect(heard).toEqual(["smessage v", "message classic"]);
  });
});
