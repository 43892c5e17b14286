import { ascii, EMPTY, wrongArity, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

const PONG = ascii("pong");
const ARITY_ERROR = wrongArity("ping");

/** PING [message]. A RESP2 subscriber reads only arrays, so there it is `pong` and the message, in one. */
export function ping({ client, reply }: CommandContext, argv: readonly Bytes[]): void {
  const [, message, ...rest] = argv;
  if (rest.length > 0) throw ARITY_ERROR;
  if (client.protocol === 2 && client.isSubscriber) {
    reply.array(2);
    reply.bulk(PONG);
    reply.bulk(message ?? EMPTY);
  } else if (message === undefined) {
    reply.simple("PONG");
  } else {
    reply.bulk(message);
  }
}
