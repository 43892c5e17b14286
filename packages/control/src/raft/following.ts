import type { RaftMessageOf } from "./messages.ts";
import type { RaftLog } from "./raft-log.ts";

/** An append-result without what all of them have. */
export type AppendAnswer = Omit<RaftMessageOf<"append-result">, "kind" | "term">;

/** What a follower does with an append of its leader. Source: thesis, figure 3.1, AppendEntries. */
export function takeAppend(log: RaftLog, message: RaftMessageOf<"append">): AppendAnswer {
  const { previousIndex, previousTerm, entries, commitIndex, round } = message;
  if (previousIndex < log.commitIndex) {
    // An old one, or a leader that does not know us yet. What is committed is in its log too.
    return { isAccepted: true, matchIndex: log.commitIndex, round };
  }
  if (!log.has({ index: previousIndex, term: previousTerm })) {
    return { isAccepted: false, matchIndex: log.backOffFrom(previousIndex), round };
  }
  log.merge(entries);
  const matchIndex = previousIndex + entries.length;
  // Behind that, our log may still differ from the leader's.
  log.commitTo(Math.min(commitIndex, matchIndex));
  return { isAccepted: true, matchIndex, round };
}

/** Source: thesis, figure 5.3, InstallSnapshot; etcd-io/raft raft.go, restore. */
export function takeSnapshot(
  log: RaftLog,
  { snapshot, round }: RaftMessageOf<"install-snapshot">,
): AppendAnswer {
  // Entries that are here already stay: there may be more behind them, acknowledged to the leader.
  if (log.has(snapshot)) log.commitTo(snapshot.index);
  else if (snapshot.index > log.commitIndex) log.restore(snapshot);
  return { isAccepted: true, matchIndex: log.commitIndex, round };
}
