/**
 * The figures that healing (replication and failover) promises: what a replica costs, as ratios to a redis-server with
 * one started beside it in the same run.
 *
 *     npm run perf:healing -- [--repeats 5] [--quick]
 *
 * Exit code 1 when a target is missed.
 */
import { runFigures } from "./perf-run.ts";
import { measureReplicationCost } from "./replication-cost.ts";

await runFigures({
  name: "healing",
  items: [
    {
      number: 7,
      what: "replication",
      note: "primary, replica and redis-benchmark share the cores",
      measure: measureReplicationCost,
    },
  ],
});
