/** Every error prefix a client can see. Clients branch on it, so it is wire format: add, never rename. */
export const ERROR_PREFIXES = {
  ERR: "generic failure: bad syntax, bad number, wrong arity",
  WRONGTYPE: "the key holds another kind of value",
  MOVED: "the slot is served elsewhere, for good: `MOVED slot host:port`",
  ASK: "the slot is moving: this once, ask there",
  CROSSSLOT: "the keys of one command are in different slots",
  CLUSTERDOWN: "a slot has no owner, or this node lost the majority",
  READONLY: "a replica was asked to change something",
  NOAUTH: "the connection has to AUTH first",
  WRONGPASS: "AUTH or HELLO AUTH with a wrong user or password",
  NOPROTO: "HELLO with a protocol version other than 2 or 3",
  UNBLOCKED: "a blocked command was ended by CLIENT UNBLOCK … ERROR",
  DENIED: "protected mode: no password is set and the client is not on loopback",
  OOM: "the command may grow memory and maxmemory is reached",
  BUSYKEY: "RESTORE onto a key that exists, without REPLACE",
  NOGROUP: "the stream has no such consumer group, or there is no such key",
  BUSYGROUP: "XGROUP CREATE of a consumer group that exists",
  NOREPLICAS: "fewer replicas are in sync than `min-isr` asks of a write",
  LOADING: "a replica is taking over its primary's keys",
  MASTERDOWN: "a replica without its primary, and `replica-serve-stale-data` is no",
  REDIRECT:
    "the primary of a standalone replica: `REDIRECT host:port`, for clients that said CAPA redirect",
  EXECABORT: "the transaction had an error while it was queued",
} as const;

export type ErrorPrefix = keyof typeof ERROR_PREFIXES;

/**
 * A request failed in a way the client must be told about. Not a bug: counted, never logged with a stack.
 * A broken invariant is the other kind: `assert`, and let it end the process.
 */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly prefix: ErrorPrefix;

  constructor(prefix: ErrorPrefix, message: string) {
    super(message);
    this.prefix = prefix;
  }
}

/** The request stream is not the Redis protocol. Answered with `-ERR Protocol error: …`, then closed. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/** The texts more than one command answers. Clients match on them: byte for byte Redis' own. */
export const SYNTAX_ERROR = new CommandError("ERR", "syntax error");
export const WRONG_TYPE = new CommandError(
  "WRONGTYPE",
  "Operation against a key holding the wrong kind of value",
);
export const NOT_AN_INTEGER = new CommandError("ERR", "value is not an integer or out of range");
export const OUT_OF_RANGE_POSITIVE = new CommandError(
  "ERR",
  "value is out of range, must be positive",
);

export function wrongArity(fullName: string): CommandError {
  return new CommandError("ERR", `wrong number of arguments for '${fullName}' command`);
}
