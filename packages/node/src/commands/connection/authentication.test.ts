import { describe, expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

const WRONGPASS = "-WRONGPASS invalid username-password pair or user is disabled.";
const NOAUTH = "-NOAUTH Authentication required.";
const HELLO_NOAUTH =
  "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time";

describe("with a password", () => {
  const connect = () => new SocketlessNode("--requirepass", "pässwörd").connect();

  test("only AUTH, HELLO, RESET and QUIT run before it was given; arity is checked before", () => {
    const client = connect();
    expect(client.send("PING")).toBe(NOAUTH);
    expect(client.send("CLIENT ID")).toBe(NOAUTH);
    expect(client.send("GET")).toBe("-ERR wrong number of arguments for 'get' command");
    expect(client.send("RESET")).toBe("+RESET");
    expect(client.send("QUIT")).toBe("+OK");
  });

  test("the password is taken as UTF-8, alone or with the user `default`", () => {
    expect(connect().send("AUTH pässwörd", "PING")).toBe("+OK +PONG");
    expect(connect().send("AUTH default pässwörd", "PING")).toBe("+OK +PONG");
    expect(connect().send("HELLO 2 AUTH default pässwörd").startsWith("*14 ")).toBe(true);
  });

  test("a wrong password, another user or another case of his name is refused", () => {
    const client = connect();
    expect(client.send("AUTH passwort")).toBe(WRONGPASS);
    expect(client.send("AUTH bob pässwörd")).toBe(WRONGPASS);
    expect(client.send("AUTH Default pässwörd")).toBe(WRONGPASS);
    expect(client.send("HELLO 3 AUTH default x")).toBe(WRONGPASS);
    expect(client.send("AUTH a b c")).toBe("-ERR syntax error");
    expect(client.send("PING")).toBe(NOAUTH);
  });

  test("a failed attempt does not log out", () => {
    expect(connect().send("AUTH pässwörd", "AUTH x", "PING")).toBe(`+OK ${WRONGPASS} +PONG`);
  });

  test("RESET logs out", () => {
    expect(connect().send("AUTH pässwörd", "RESET", "PING")).toBe(`+OK +RESET ${NOAUTH}`);
  });

  test("HELLO without AUTH is refused, but the name it sets before stays", () => {
    const client = connect();
    expect(client.send("HELLO 3 SETNAME me")).toBe(HELLO_NOAUTH);
    expect(client.send("AUTH pässwörd", "CLIENT GETNAME")).toBe("+OK $2 me");
  });

  test("a client that was let in stays so when the password changes", () => {
    const client = connect();
    expect(client.send("AUTH pässwörd", "CONFIG SET requirepass other", "PING")).toBe(
      "+OK +OK +PONG",
    );
    expect(client.send("RESET", "AUTH pässwörd", "AUTH other")).toBe(`+RESET ${WRONGPASS} +OK`);
  });

  test("small requests only until then", () => {
    const client = connect();
    client.connection.decoder.authenticated = false; // as the listener does
    expect(client.send("AUTH pässwörd", "SET a b c d e f g h i j k l")).toBe(
      "+OK -ERR syntax error",
    );
    expect(client.send("RESET", "SET a b c d e f g h i j k l")).toBe(
      "+RESET -ERR Protocol error: unauthenticated multibulk length",
    );
  });
});

describe("without a password", () => {
  const connect = () => new SocketlessNode().connect();

  test("AUTH with only a password says that there is none", () => {
    expect(connect().send("AUTH x")).toBe(
      "-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
    );
  });

  test("any password is right for `default`, none for anybody else", () => {
    expect(connect().send("AUTH default x", "AUTH bob x")).toBe(`+OK ${WRONGPASS}`);
  });
});
