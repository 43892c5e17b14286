import type { CommandContext, Handler } from "../handler.ts";
import { makeHelp } from "../help.ts";

/** MODULE LIST: there are none. */
export function moduleList({ reply }: CommandContext): void {
  reply.array(0);
}

/** MODULE HELP: Redis' text of what there is here. */
export const moduleHelp: Handler = makeHelp("MODULE", [
  "LIST",
  "    Return a list of loaded modules.",
]);
