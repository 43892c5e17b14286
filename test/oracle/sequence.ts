import fc from "fast-check";
import { connectionCommand, mutedBatch, pubsubCommand, rawBytes } from "./client-commands.ts";
import { dataCommand, parkingCommand, waitingCommand } from "./data-commands.ts";
import type { Command, Sequence, Step } from "./step.ts";

const CONNECTIONS = 3;
const STEPS_MAX = 60;
const BATCH_MAX = 6;

const ordinary: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: dataCommand },
  { weight: 6, arbitrary: pubsubCommand },
  { weight: 4, arbitrary: connectionCommand },
  { weight: 1, arbitrary: waitingCommand },
);

const batch: fc.Arbitrary<readonly Command[]> = fc.oneof(
  { weight: 30, arbitrary: fc.array(ordinary, { minLength: 1, maxLength: BATCH_MAX }) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.array(dataCommand, { maxLength: 2 }), parkingCommand)
      .map(([before, parking]) => [...before, parking]),
  },
  { weight: 1, arbitrary: fc.array(dataCommand, { maxLength: 3 }).map(mutedBatch) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(dataCommand, dataCommand)
      .map((pair) => [{ argv: ["CLIENT", "REPLY", "SKIP"] }, ...pair]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.array(dataCommand, { maxLength: 2 }), rawBytes)
      .map(([before, raw]) => [...before, raw]),
  },
);

const step: fc.Arbitrary<Step> = fc.record({
  connection: fc.nat(CONNECTIONS - 1),
  commands: batch,
});

export const sequence: fc.Arbitrary<Sequence> = fc.record({
  protocols: fc.array(fc.constantFrom(2, 3), { minLength: CONNECTIONS, maxLength: CONNECTIONS }),
  steps: fc.array(step, { minLength: 1, maxLength: STEPS_MAX, size: "max" }),
});

export function commandCount({ steps }: Sequence): number {
  return steps.reduce((sum, { commands }) => sum + commands.length, 0);
}
