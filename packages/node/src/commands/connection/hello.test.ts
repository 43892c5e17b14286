import { expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

const connect = () => new SocketlessNode().connect();

const facts = (options: { readonly map: string; readonly protocol: 2 | 3; readonly id: number }) =>
  `${options.map} $6 server $5 redis $7 version $5 7.2.4 $5 proto :${options.protocol} $2 id :${options.id} ` +
  "$4 mode $10 standalone $4 role $6 master $7 modules *0";

test("HELLO tells about the server in the protocol it chose, or in the one before", () => {
  const client = connect();
  expect(client.send("HELLO")).toBe(facts({ map: "*14", protocol: 2, id: 1 }));
  expect(client.send("HELLO 3")).toBe(facts({ map: "%7", protocol: 3, id: 1 }));
  expect(client.send("HELLO", "CLIENT GETNAME")).toBe(
    `${facts({ map: "%7", protocol: 3, id: 1 })} _`,
  );
  expect(client.send("HELLO 2")).toBe(facts({ map: "*14", protocol: 2, id: 1 }));
});

test("a version other than 2 and 3 is refused, and the protocol stays", () => {
  const client = connect();
  const notAnInteger = "-ERR Protocol version is not an integer or out of range";
  expect(client.send("HELLO 4")).toBe("-NOPROTO unsupported protocol version");
  expect(client.send("HELLO 1")).toBe("-NOPROTO unsupported protocol version");
  expect(client.send("HELLO abc", "HELLO 03")).toBe(`${notAnInteger} ${notAnInteger}`);
  expect(client.connection.protocol).toBe(2);
});

test("an option that is unknown or lacks a value is named, and the protocol stays", () => {
  const client = connect();
  expect(client.send("HELLO 3 foo")).toBe("-ERR Syntax error in HELLO option 'foo'");
  expect(client.send("HELLO 3 AUTH x")).toBe("-ERR Syntax error in HELLO option 'AUTH'");
  expect(client.send("HELLO 3 setname")).toBe("-ERR Syntax error in HELLO option 'setname'");
  expect(client.connection.protocol).toBe(2);
});

test("SETNAME takes the names that CLIENT SETNAME takes", () => {
  const client = connect();
  client.send("HELLO 3 SETNAME worker-1");
  expect(client.send("CLIENT GETNAME")).toBe("$8 worker-1");
  expect(client.send("HELLO 2 SETNAME é")).toBe(
    "-ERR Client names cannot contain spaces, newlines or special characters.",
  );
});

test("a subscriber that changes the protocol gets later messages in the new one", () => {
  const node = new SocketlessNode();
  const subscriber = node.connect();
  const publisher = node.connect();
  subscriber.send("HELLO 3", "SUBSCRIBE news");
  publisher.send("PUBLISH news one");
  expect(subscriber.received()).toBe(">3 $7 message $4 news $3 one");
  subscriber.send("HELLO 2");
  publisher.send("PUBLISH news two");
  expect(subscriber.received()).toBe("*3 $7 message $4 news $3 two");
  expect(subscriber.send("HELLO 3")).toMatch(/^-ERR Can't execute 'hello'/);
});
