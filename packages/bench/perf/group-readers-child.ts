/** A process with the consumers of a group, since redis-benchmark cannot acknowledge the ids that it got. */
import { RespConnection, type NodeAddress } from "../src/resp-connection.ts";
import { answerQuestions } from "./answer-questions.ts";
import { GroupReader } from "./group-reader.ts";

export interface GroupReadersQuestion {
  readonly address: NodeAddress;
  /** Consumers are dealt to them in turn. */
  readonly groups: readonly string[];
  readonly consumers: number;
  /** As in `GroupReaderOptions`. */
  readonly pipeline: number;
  readonly count: number;
  readonly isAcking: boolean;
  /** XREADGROUPs in each group, of its consumers together; a multiple of `pipeline`. */
  readonly reads: number;
}

export interface GroupReadersResult {
  /** From the first request to the last reply. */
  readonly readsPerS: number;
  /** CPU of this process meanwhile, as a share of one core. */
  readonly cpuShare: number;
}

export interface GroupReadersExchange {
  readonly question: GroupReadersQuestion;
  readonly result: GroupReadersResult;
}

answerQuestions<GroupReadersExchange>(async (question) => {
  const { promise: allDone, resolve, reject } = Promise.withResolvers<void>();
  const connections = await Promise.all(
    Array.from({ length: question.consumers }, () =>
      RespConnection.open({ address: question.address, password: undefined, onFailure: reject }),
    ),
  );
  const groups = question.groups.map((name) => ({
    name,
    batchesLeft: question.reads / question.pipeline,
  }));
  let busy = connections.length;
  const readers = connections.map((connection, index) => {
    const group = groups[index % groups.length] as (typeof groups)[number]; // there is one
    const reader = new GroupReader(
      { ...question, group: group.name, consumer: `consumer-${index}` },
      {
        write: (bytes) => connection.write(bytes),
        mayReadOn: () => {
          group.batchesLeft -= 1;
          return group.batchesLeft >= 0;
        },
        onDone: () => {
          busy -= 1;
          if (busy === 0) resolve();
        },
      },
    );
    connection.takeOver((chunk) => reader.feed(chunk));
    return reader;
  });
  const cpuBefore = process.cpuUsage();
  const startedAtMs = performance.now();
  for (const reader of readers) reader.start();
  await allDone;
  const elapsedMs = performance.now() - startedAtMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  for (const connection of connections) connection.close();
  return {
    readsPerS: ((question.reads * groups.length) / elapsedMs) * 1_000,
    cpuShare: (user + system) / 1_000 / elapsedMs,
  };
});
