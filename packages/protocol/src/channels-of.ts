import type { Bytes } from "./bytes.ts";
import type { CommandSpec } from "./command-spec.ts";

const NO_CHANNELS: readonly Bytes[] = [];

/**
 * The channels, patterns or shard channels of a request: views of it, in argument order, repeated ones repeated. What
 * they are says `spec.channels`. Empty when there are none; UNSUBSCRIBE without arguments means all its client has.
 *
 * Source: Redis 7.0 src/db.c, getChannelsFromCommand. Arity is the caller's to check. Allocates: not for every request.
 */
export function channelsOf({ channels }: CommandSpec, argv: readonly Bytes[]): readonly Bytes[] {
  if (channels === undefined) return NO_CHANNELS;
  return channels.which === "first" ? argv.slice(1, 2) : argv.slice(1);
}
