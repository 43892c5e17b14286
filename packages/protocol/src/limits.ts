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
 * Pending output of one connection that may be one string. More: what there is goes to the socket at once, and a
 * new string begins. Together with one argument it stays below V8's end; and it is this small since such a string is
 * a tree of its parts, which the garbage collector copies around as long as they wait (XREADGROUP COUNT 100 of 50
 * clients, pipeline 16: 2.4 times as fast as with 512 KB).
 */
export const REPLY_STRING_CHARS_MAX = 32 * 1024;
/** How much of an unknown command's arguments its error quotes. As Redis. */
export const ERROR_QUOTE_CHARS_MAX = 128;
/** A first argument up to here is compared with that of the request before; a longer one is not looked at. */
export const REPEATED_KEY_CHARS_MAX = 64;
/** The text of the last request is kept until the next one, in case it is its own effect. Of longer texts it is not. */
export const LATEST_TEXT_CHARS_MAX = 128 * 1024;
