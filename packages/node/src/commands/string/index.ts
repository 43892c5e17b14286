import type { STRINGS_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { get } from "./get.ts";
import { incr } from "./incr.ts";
import { set } from "./set.ts";

export const STRINGS_HANDLERS: Readonly<Record<HandledNameOf<typeof STRINGS_COMMANDS>, Handler>> = {
  get,
  incr,
  set,
};
