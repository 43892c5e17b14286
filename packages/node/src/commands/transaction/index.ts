import type { HandledNameOf, TRANSACTIONS_COMMANDS } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { exec } from "./exec.ts";
import { discard, multi } from "./multi.ts";
import { unwatch, watch } from "./watch.ts";

export const TRANSACTIONS_HANDLERS: Readonly<
  Record<HandledNameOf<typeof TRANSACTIONS_COMMANDS>, Handler>
> = {
  discard,
  exec,
  multi,
  unwatch,
  watch,
};
