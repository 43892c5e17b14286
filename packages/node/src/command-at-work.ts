import type { ReplyWriter } from "@slotcast/protocol";
import type { Dispatch } from "./dispatch.ts";

type Kept = "running" | "client" | "reply" | "keys" | "readyKey" | "isResumed" | "isInTransaction";

/** What a command works with. Another one may have its turn within it: a step of the cluster lets who waited go on. */
export type CommandAtWork = Pick<Dispatch, Kept> & {
  /** Connections of one protocol share a writer. */
  readonly to: ReplyWriter["to"] | undefined;
};

export function commandAtWork(dispatch: Dispatch): CommandAtWork {
  const { running, client, reply, keys, readyKey, isResumed, isInTransaction } = dispatch;
  const to = running === undefined ? undefined : reply.to;
  return { running, client, reply, keys, readyKey, isResumed, isInTransaction, to };
}

/** The other one is done. */
export function goOn(dispatch: Dispatch, work: CommandAtWork): void {
  dispatch.running = work.running;
  dispatch.client = work.client;
  dispatch.reply = work.reply;
  dispatch.keys = work.keys;
  dispatch.readyKey = work.readyKey;
  dispatch.isResumed = work.isResumed;
  dispatch.isInTransaction = work.isInTransaction;
  if (work.to !== undefined) work.reply.to = work.to;
}
