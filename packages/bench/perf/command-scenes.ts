import { benchmarkScene, type BenchmarkCommand } from "./benchmark-scene.ts";
import type { Contender } from "./contender.ts";
import { measureInTurns } from "./measure-in-turns.ts";
import type { Row } from "./measurement.ts";
import type { PerfContext } from "./perf-context.ts";

const FIELD = "x".repeat(64);
const ALONE = "no subscribers, one-node cluster";

const SET: BenchmarkCommand = { name: "SET 3 B", words: ["SET", "key:__rand_int__", "xxx"] };
const GET: BenchmarkCommand = { name: "GET", words: ["GET", "key:__rand_int__"] };
const LPUSH: BenchmarkCommand = { name: "LPUSH", words: ["LPUSH", "mylist", "xxx"] };
const RPOP: BenchmarkCommand = { name: "RPOP", words: ["RPOP", "mylist"] };
const XADD: BenchmarkCommand = {
  name: "XADD one 64 B field",
  words: ["XADD", "mystream", "*", "f", FIELD],
};
const PUBLISH: BenchmarkCommand = {
  name: `PUBLISH ${ALONE}`,
  words: ["PUBLISH", "mychannel", FIELD],
};
const SPUBLISH: BenchmarkCommand = {
  name: `SPUBLISH ${ALONE}`,
  words: ["SPUBLISH", "mychannel", FIELD],
};

/** At pipeline 1 a rate swings by 15 % from run to run on two cores: the median of five would be a lottery. */
export const PLAIN_TURNS = 3;
const PLAIN = { pipeline: 1, requests: 150_000, turns: PLAIN_TURNS };
const PIPELINED = { pipeline: 16, requests: 1_500_000 };
/** A stream keeps all of them. */
const PIPELINED_XADD = { pipeline: 16, requests: 800_000 };

/** Item 8 of the foundation: single commands, the generator being redis-benchmark with 50 connections. */
export async function measureCommands(context: PerfContext): Promise<Row[]> {
  const one = [
    { ...PLAIN, commands: [SET], atLeast: 0.95 },
    { ...PLAIN, commands: [GET], atLeast: 0.95, prepare: setKey },
    { ...PLAIN, commands: [LPUSH, RPOP], atLeast: 0.95 },
    { ...PLAIN, commands: [XADD], atLeast: 0.95 },
    { ...PIPELINED, commands: [SET], atLeast: 0.85 },
    { ...PIPELINED, commands: [GET], atLeast: 0.75, prepare: setKey },
    { ...PIPELINED, commands: [LPUSH, RPOP], atLeast: 0.75 },
    { ...PIPELINED_XADD, commands: [XADD], atLeast: 0.75 },
  ];
  const cluster = [
    { ...PIPELINED, commands: [PUBLISH], atLeast: 0.9 },
    { ...PIPELINED, commands: [SPUBLISH], atLeast: 0.9 },
  ];
  const scenesOf = (loads: typeof one) => loads.map((load) => benchmarkScene(load, context));
  return [
    ...(await measureInTurns(scenesOf(one), { kind: "standalone", nodes: 1 }, context)),
    ...(await measureInTurns(scenesOf(cluster), { kind: "cluster", nodes: 1 }, context)),
  ];
}

/** Without -r, the words are sent as they are: one key. */
async function setKey(contender: Contender): Promise<void> {
  await contender.request(SET.words);
}
