/**
 * The figures that the foundation promises, as ratios to a redis-server started beside it in the same run.
 *
 *     npm run perf -- [--only 8,9,10,11,12] [--repeats 5] [--quick]
 *
 * Exit code 1 when a target is missed. Those of the commands added later: surface.ts.
 */
import { measureClusterFlood } from "./cluster-flood.ts";
import { measureClusterStart } from "./cluster-start.ts";
import { measureCommands, PLAIN_TURNS } from "./command-scenes.ts";
import { measureFanOut } from "./fan-out.ts";
import { measureMemory } from "./memory.ts";
import { runFigures } from "./perf-run.ts";

await runFigures({
  name: "foundation",
  items: [
    {
      number: 8,
      what: "commands",
      note: `${PLAIN_TURNS} times as many at pipeline 1`,
      measure: measureCommands,
    },
    { number: 9, what: "fan-out", measure: measureFanOut },
    { number: 10, what: "cluster", measure: measureClusterFlood },
    { number: 11, what: "memory", measure: measureMemory },
    { number: 12, what: "start", measure: measureClusterStart },
  ],
});
