import type { SETS_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";

export const SETS_HANDLERS: Readonly<Record<HandledNameOf<typeof SETS_COMMANDS>, Handler>> = {};
