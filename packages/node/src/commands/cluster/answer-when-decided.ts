import type { FactCommand, ProposalOutcome, Refusal } from "@slotcast/control";
import { CommandError, type Bytes } from "@slotcast/protocol";
import type { AdminOutcome, ClusterAdmin } from "../../cluster/cluster-admin.ts";
import type { CommandContext, ReplyWork } from "../handler.ts";

const UNDECIDED = new CommandError(
  "ERR",
  "The cluster has not decided in time, and may still do so: see CLUSTER NODES before you try again",
);

/**
 * Proposes a change of the facts; the client is answered when it is decided. `recheck` is what was checked before: when
 * somebody else was faster, it says in Redis' words what is wrong now.
 */
export function proposeAndAnswer(
  context: CommandContext,
  argv: readonly Bytes[],
  options: {
    readonly admin: ClusterAdmin;
    readonly command: FactCommand;
    readonly recheck?: () => void;
    /** OK when missing. */
    readonly accepted?: ReplyWork;
  },
): void {
  const { admin, command, recheck, accepted = writeOk } = options;
  const answer = context.answerLater(argv);
  void admin.propose(command).then((outcome) => {
    answer((reply) => {
      if (outcome.kind === "refused") recheck?.();
      const failure = failureOf(outcome);
      if (failure !== undefined) throw failure;
      accepted(reply);
    });
    return undefined;
  });
}

/** Answers OK, or why not, when it is known. */
export function answerWhenDone(
  context: CommandContext,
  argv: readonly Bytes[],
  work: Promise<AdminOutcome>,
): void {
  const answer = context.answerLater(argv);
  void work.then((outcome) => {
    answer((reply) => {
      if (outcome.kind === "refused") throw new CommandError("ERR", outcome.reason);
      reply.ok();
    });
    return undefined;
  });
}

function failureOf(outcome: ProposalOutcome): CommandError | undefined {
  switch (outcome.kind) {
    case "accepted":
      return undefined;
    case "refused":
      return refused(outcome.refusal);
    case "timed-out":
      return UNDECIDED;
  }
}

/** Redis has no words for it: its nodes do as they are told. */
function refused({ code, detail }: Refusal): CommandError {
  return new CommandError("ERR", `The cluster refuses it (${code}): ${detail}`);
}

const writeOk: ReplyWork = (reply) => {
  reply.ok();
};
