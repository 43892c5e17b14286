import { autoclaimScene } from "./autoclaim-scene.ts";
import { benchmarkScene, type BenchmarkLoad } from "./benchmark-scene.ts";
import type { Contender, ServerSpec } from "./contender.ts";
import { groupReadsScene } from "./group-reads.ts";
import { measureInTurns } from "./measure-in-turns.ts";
import type { Row } from "./measurement.ts";
import type { PerfContext } from "./perf-context.ts";

const MILLION = 1_000_000;
const LIST_LENGTH = 1_000;
const MEMBERS_PER_SADD = 1_000;

const PIPELINED = { pipeline: 16, requests: 1_500_000, atLeast: 0.75 };

const LOADS: readonly BenchmarkLoad[] = [
  {
    ...PIPELINED,
    commands: [
      { name: "LPUSH", words: ["LPUSH", "mylist", "xxx"] },
      { name: "RPOP", words: ["RPOP", "mylist"] },
    ],
  },
  {
    ...PIPELINED,
    commands: [
      {
        name: `LMOVE, a list of ${LIST_LENGTH} onto itself`,
        words: ["LMOVE", "mylist", "mylist", "LEFT", "RIGHT"],
      },
    ],
    prepare: pushList,
  },
  {
    ...PIPELINED,
    commands: [
      {
        name: "SADD, one set, one of 1 M members",
        words: ["SADD", "myset", "element:__rand_int__"],
        randomBelow: MILLION,
      },
    ],
  },
  {
    ...PIPELINED,
    // Each needs two members that were written before.
    requests: 800_000,
    commands: [{ name: "SPOP, a set twice as large as is popped", words: ["SPOP", "myset"] }],
    prepare: fillSet,
  },
  {
    ...PIPELINED,
    commands: [{ name: "INCR, one key", words: ["INCR", "counter:__rand_int__"] }],
  },
  {
    ...PIPELINED,
    commands: [
      {
        name: "INCR, one of 1 M keys",
        words: ["INCR", "counter:__rand_int__"],
        randomBelow: MILLION,
      },
    ],
  },
  {
    ...PIPELINED,
    requests: 200_000,
    atLeast: 0.8,
    commands: [
      {
        name: `LRANGE 0 99, a list of ${LIST_LENGTH}`,
        words: ["LRANGE", "mylist", "0", "99"],
      },
    ],
    prepare: pushList,
  },
];

const SERVER: ServerSpec = { kind: "standalone", nodes: 1 };

/** Item 5 of the surface: commands by redis-benchmark with 50 connections, and consumer groups. */
export async function measureSurfaceSpeed(context: PerfContext): Promise<Row[]> {
  const commands = LOADS.map((load) => benchmarkScene(load, context));
  return [
    ...(await measureInTurns(commands, SERVER, context)),
    ...(await measureInTurns([groupReadsScene(context)], SERVER, context)),
    ...(await measureInTurns([autoclaimScene(context)], SERVER, context)),
  ];
}

async function pushList(contender: Contender): Promise<void> {
  await contender.request(["RPUSH", "mylist", ...Array<string>(LIST_LENGTH).fill("xxx")]);
}

/** Never empty: half of it is left. */
async function fillSet(contender: Contender, pops: number): Promise<void> {
  await contender.requestAll(addMembers("myset", 2 * pops));
}

function* addMembers(key: string, members: number): Generator<readonly string[]> {
  for (let from = 0; from < members; from += MEMBERS_PER_SADD) {
    yield [
      "SADD",
      key,
      ...Array.from({ length: MEMBERS_PER_SADD }, (_, index) => element(from + index)),
    ];
  }
}

/** As redis-benchmark writes `element:__rand_int__`. */
function element(index: number): string {
  return `element:${String(index).padStart(12, "0")}`;
}
