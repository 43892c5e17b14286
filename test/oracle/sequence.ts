import fc from "fast-check";
import { connectionCommand, mutedBatch, pubsubCommand, rawBytes } from "./client-commands.ts";
import {
  dataCommand,
  FAMILIES,
  parkingCommand,
  waitingCommand,
  type Family,
} from "./data-commands.ts";
import type { Command, Sequence, Step } from "./step.ts";
import { strayTransactionCommand, transactionOf } from "./transaction-commands.ts";

const CONNECTIONS = 3;
const STEPS_MAX = 60;
const BATCH_MAX = 12;

function ordinary(favoured: Family): fc.Arbitrary<Command> {
  return fc.oneof(
    { weight: 24, arbitrary: dataCommand(favoured) },
    { weight: 6, arbitrary: pubsubCommand },
    { weight: 4, arbitrary: connectionCommand },
    { weight: 1, arbitrary: strayTransactionCommand },
    { weight: 1, arbitrary: waitingCommand },
  );
}

function batch(favoured: Family): fc.Arbitrary<readonly Command[]> {
  const data = dataCommand(favoured);
  return fc.oneof(
    {
      weight: 30,
      arbitrary: fc.array(ordinary(favoured), { minLength: 1, maxLength: BATCH_MAX, size: "max" }),
    },
    {
      weight: 6,
      arbitrary: transactionOf(
        fc.oneof({ weight: 9, arbitrary: data }, { weight: 1, arbitrary: waitingCommand }),
      ),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.array(data, { maxLength: 2 }), parkingCommand(favoured))
        .map(([before, parking]) => [...before, parking]),
    },
    { weight: 1, arbitrary: fc.array(data, { maxLength: 3 }).map(mutedBatch) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(data, data)
        .map((pair) => [{ argv: ["CLIENT", "REPLY", "SKIP"] }, ...pair]),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.array(data, { maxLength: 2 }), rawBytes)
        .map(([before, raw]) => [...before, raw]),
    },
  );
}

function step(favoured: Family): fc.Arbitrary<Step> {
  return fc.record({ connection: fc.nat(CONNECTIONS - 1), commands: batch(favoured) });
}

function sequenceOf(favoured: Family): fc.Arbitrary<Sequence> {
  return fc.record({
    protocols: fc.array(fc.constantFrom(2, 3), { minLength: CONNECTIONS, maxLength: CONNECTIONS }),
    steps: fc.array(step(favoured), { minLength: 1, maxLength: STEPS_MAX, size: "max" }),
  });
}

/** Each favours one family of commands. */
export const sequence: fc.Arbitrary<Sequence> = fc.oneof(...FAMILIES.map(sequenceOf));

export function commandCount({ steps }: Sequence): number {
  return steps.reduce((sum, { commands }) => sum + commands.length, 0);
}
