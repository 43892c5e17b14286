import { ascii, CommandError, lower, type Bytes, type ReplyWriter } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

const TYPES = [
  ...["string", "integer", "double", "bignum", "null", "array", "set", "map"],
  ...["attrib", "push", "verbatim", "true", "false"],
];
const NO_SUCH_TYPE = new CommandError(
  "ERR",
  `Wrong protocol type name. Please use one of the following: ${TYPES.join("|")}`,
);
const NO_PUSH = new CommandError("ERR", "RESP2 is not supported by this command");
const BIG_NUMBER = ascii("1234567999999999999999999999999999999");

/** DEBUG PROTOCOL type: a reply of that type of RESP, for tests of clients. */
export function debugProtocol({ reply }: CommandContext, argv: readonly Bytes[]): void {
  const type: string = lower(argv[2] as Bytes); // the topic has one argument
  switch (type) {
    case "string":
      reply.bulk(ascii("Hello World"));
      break;
    case "integer":
      reply.integer(12_345);
      break;
    case "double":
      reply.double(3141 / 1000);
      break;
    case "bignum":
      if (reply.protocol === 2) reply.bulk(BIG_NUMBER);
      else reply.raw(`(${BIG_NUMBER}\r\n`);
      break;
    case "null":
      reply.nullBulk();
      break;
    case "array":
      reply.array(3);
      writeThree(reply);
      break;
    case "set":
      reply.set(3);
      writeThree(reply);
      break;
    case "map":
      reply.map(3);
      for (let key = 0; key < 3; key += 1) {
        reply.integer(key);
        reply.bool(key === 1);
      }
      break;
    case "attrib":
      if (reply.protocol === 3) writeAttribute(reply);
      reply.bulk(ascii("Some real reply following the attribute"));
      break;
    case "push":
      if (reply.protocol === 2) throw NO_PUSH;
      reply.push(2);
      reply.bulk(ascii("server-cpu-usage"));
      reply.integer(42);
      reply.bulk(ascii("Some real reply following the push reply"));
      break;
    case "verbatim":
      reply.verbatim(ascii("This is a verbatim\nstring"));
      break;
    case "true":
    case "false":
      reply.bool(type === "true");
      break;
    default:
      throw NO_SUCH_TYPE;
  }
}

function writeThree(reply: ReplyWriter): void {
  for (let value = 0; value < 3; value += 1) reply.integer(value);
}

/** No other reply has one. */
function writeAttribute(reply: ReplyWriter): void {
  reply.raw("|1\r\n");
  reply.bulk(ascii("key-popularity"));
  reply.array(2);
  reply.bulk(ascii("key:123"));
  reply.integer(90);
}
