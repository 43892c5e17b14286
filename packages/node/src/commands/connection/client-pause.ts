import { CommandError, EMPTY, lower, type Bytes } from "@slotcast/protocol";
import type { PauseMode } from "../../pause.ts";
import type { CommandContext } from "../handler.ts";
import { parseTimeoutMs } from "../parse-timeout.ts";
import { wrongSubcommandArity } from "./wrong-subcommand-arity.ts";

const BAD_MODE = new CommandError("ERR", "CLIENT PAUSE mode must be WRITE or ALL");

/** CLIENT PAUSE milliseconds [WRITE | ALL]. Holds back everything unless told otherwise. */
export function clientPause({ broker, reply }: CommandContext, argv: readonly Bytes[]): void {
  const [, , duration = EMPTY, modeWord, ...rest] = argv;
  if (rest.length > 0) throw wrongSubcommandArity(argv);
  const mode = modeWord === undefined ? "all" : parseMode(modeWord);
  broker.pause.start(mode, parseTimeoutMs(duration));
  reply.ok();
}

/** CLIENT UNPAUSE. Works during a pause, too: it is never held back. */
export function clientUnpause({ broker, reply }: CommandContext): void {
  reply.ok();
  broker.pause.end();
}

function parseMode(word: Bytes): PauseMode {
  const mode = lower(word);
  if (mode !== "write" && mode !== "all") throw BAD_MODE;
  return mode as PauseMode; // one of the two: Bytes do not narrow
}
