import fc from "fast-check";
import { command, several } from "./command-parts.ts";
import { anyKey, WATCHED_STREAMS, word } from "./odd-arguments.ts";
import type { Command } from "./step.ts";

/**
 * What belongs to a transaction, where there is none. A step always ends outside of one: its marker would be queued.
 */
export const strayTransactionCommand: fc.Arbitrary<Command> = fc.oneof(
  command(fc.constantFrom("EXEC", "exec", "DISCARD")),
  { weight: 3, arbitrary: command(word("WATCH"), several(anyKey, 3)) },
  command(word("UNWATCH")),
  command(fc.constantFrom("MULTI", "EXEC", "DISCARD", "UNWATCH"), several(anyKey, 2)),
  command(fc.constant("WATCH")),
);

const inBetween: fc.Arbitrary<Command> = fc.oneof(
  command(fc.constantFrom("MULTI", "UNWATCH", "PING", "GET", "NOSUCH")),
  command(word("WATCH"), several(anyKey, 2)),
  command(fc.constantFrom("SELECT"), fc.constantFrom("0", "1", "x")),
);

/** A transaction as applications write it, over some ordinary commands. */
export function transactionOf(ordinary: fc.Arbitrary<Command>): fc.Arbitrary<readonly Command[]> {
  return fc
    .tuple(
      fc.option(several(anyKey, 2), { nil: undefined }),
      fc.array(fc.oneof({ weight: 12, arbitrary: ordinary }, { weight: 1, arbitrary: inBetween }), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.constantFrom("EXEC", "EXEC", "EXEC", "DISCARD"),
    )
    .map(([watched, commands, last]) => [
      ...(watched === undefined ? [] : [{ argv: ["WATCH", ...watched] }]),
      { argv: ["MULTI"] },
      ...withOneWatchedStream(commands),
      { argv: [last] },
    ]);
}

/** Who waits for both streams gets the entries of both; of 7.0, those of the first only (docs/divergence.md). */
function withOneWatchedStream(commands: readonly Command[]): readonly Command[] {
  const first = commands.map(watchedStreamIn).find((name) => name !== undefined);
  return commands.filter((one) => [undefined, first].includes(watchedStreamIn(one)));
}

function watchedStreamIn(one: Command): string | undefined {
  return "argv" in one ? one.argv.find((text) => WATCHED_STREAMS.includes(text)) : undefined;
}
