import { BenchError } from "../src/bench-error.ts";
import { Contender, SIDES, type ServerSpec, type Side } from "./contender.ts";
import type { Measurement, Row, RowSpec } from "./measurement.ts";
import type { PerfContext } from "./perf-context.ts";

/** One thing to do to a server, and the rows it fills. */
export interface Scene {
  readonly name: string;
  readonly rows: readonly RowSpec[];
  /** How often in each repeat, 1 when left out: for what swings from run to run. */
  readonly turns?: number;
  /** One measurement for each row, in their order; `undefined` where the server has no such figure. */
  readonly measure: (contender: Contender) => Promise<readonly (Measurement | undefined)[]>;
}

interface Runs {
  readonly redis: Measurement[];
  readonly ours: Measurement[];
}

/**
 * Each repeat starts both servers fresh and plays each scene on one and then the other (A B, or A B A B …), so that
 * what else happens on the machine meets both.
 */
export async function measureInTurns(
  scenes: readonly Scene[],
  spec: ServerSpec,
  context: PerfContext,
): Promise<Row[]> {
  const results = scenes.map(({ rows }) => rows.map((): Runs => ({ redis: [], ours: [] })));
  for (let repeat = 0; repeat < context.repeats; repeat += 1) {
    await using redis = await Contender.start("redis", spec, context);
    await using ours = await Contender.start("ours", spec, context);
    const contenders = { redis, ours };
    for (const [index, scene] of scenes.entries()) {
      for (const side of turnsOf(scene)) {
        context.signal.throwIfAborted();
        context.progress(`run ${repeat + 1} of ${context.repeats}: ${scene.name}: ${side}`);
        const measurements = await play(scene, contenders[side]);
        for (const [row, measurement] of measurements.entries()) {
          if (measurement !== undefined) results[index]?.[row]?.[side].push(measurement);
        }
      }
    }
  }
  return scenes.flatMap(({ rows }, index) =>
    rows.map((row, at): Row => {
      const runs = results[index]?.[at];
      return { spec: row, redis: runs?.redis ?? [], ours: runs?.ours ?? [] };
    }),
  );
}

function turnsOf({ turns = 1 }: Scene): readonly Side[] {
  return Array.from({ length: turns }, () => SIDES).flat();
}

/** A server that dies or misbehaves costs its rows, not the whole run. */
async function play(
  scene: Scene,
  contender: Contender,
): Promise<readonly (Measurement | undefined)[]> {
  try {
    return await scene.measure(contender);
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    return scene.rows.map(() => ({ value: Number.NaN, fault: error.message }));
  }
}
