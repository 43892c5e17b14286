import { expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

test.each(["CHANNELS", "shardchannels"])("PUBSUB %s takes one pattern at most", (name) => {
  const client = new SocketlessNode().connect();
  const kind = name === "CHANNELS" ? "SUBSCRIBE" : "SSUBSCRIBE";
  client.send("HELLO 3");
  client.send(`${kind} news`);
  expect(client.send(`PUBSUB ${name} n*`)).toBe("*1 $4 news");
  expect(client.send(`PUBSUB ${name} n* w*`)).toBe(
    `-ERR unknown subcommand or wrong number of arguments for '${name}'. Try PUBSUB HELP.`,
  );
});
