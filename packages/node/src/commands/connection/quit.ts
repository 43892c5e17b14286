import type { CommandContext } from "../handler.ts";

/** QUIT. Whatever the client sent after it is not executed. */
export function quit({ client, reply }: CommandContext): void {
  reply.ok();
  client.closeAfterReply();
}
