/**
 * The figures that the surface (lists, sets, counters, consumer groups) promises, as ratios to a redis-server started
 * beside it in the same run.
 *
 *     npm run perf:surface -- [--only 5,6] [--repeats 5] [--quick]
 *
 * Exit code 1 when a target is missed.
 */
import { runFigures } from "./perf-run.ts";
import { measureSurfaceMemory } from "./surface-memory.ts";
import { measureSurfaceSpeed } from "./surface-speed.ts";

await runFigures({
  name: "surface",
  items: [
    { number: 5, what: "speed", measure: measureSurfaceSpeed },
    { number: 6, what: "memory", measure: measureSurfaceMemory },
  ],
});
