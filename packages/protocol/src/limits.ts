/**
 * Every limit of the protocol, with its reason and what happens when it is reached. Limits that an operator
 * may want to change are directives (packages/node/src/config); these are not.
 */

/** Arguments of one request, the name included. More: `Protocol error: invalid multibulk length`, closed. */
export const REQUEST_ARGUMENTS_MAX = 1024 * 1024;
/** The same before AUTH, when one is required: a stranger may not make us hold much. As Redis. */
export const REQUEST_ARGUMENTS_MAX_UNAUTHENTICATED = 10;
export const BULK_BYTES_MAX_UNAUTHENTICATED = 16 * 1024;
/** An inline request, and the header line of a bulk. More: `Protocol error: too big …`, closed. As Redis. */
export const INLINE_BYTES_MAX = 64 * 1024;
/**
 * One argument, whatever `proto-max-bulk-len` says. More: `Protocol error: invalid bulk length`, closed. V8 ends a
 * string at 2^29-24 chars, and a reply is the argument and a few bytes around it.
 */
export const BULK_BYTES_MAX = 500 * 1024 * 1024;
/**
 * Pending output of one connection that may be one string. More: what there is goes to the socket at once, as
 * Buffers, and a new string begins. Together with one argument it stays below V8's end.
 */
export const REPLY_STRING_CHARS_MAX = 512 * 1024;
/** How much of an unknown command's arguments its error quotes. As Redis. */
export const ERROR_QUOTE_CHARS_MAX = 128;
