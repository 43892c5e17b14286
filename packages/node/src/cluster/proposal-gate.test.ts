import type { FactCommand, ProposalOutcome } from "@slotcast/control";
import { setImmediate } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { HELD_PROPOSAL_MS } from "./limits.ts";
import { ProposalGate } from "./proposal-gate.ts";

// Goal: nothing is decided while the gate is closed, and nobody waits for ever.

const COMMAND: FactCommand = { kind: "set-epoch", shardId: "s", epoch: 1 };
const ACCEPTED: ProposalOutcome = { kind: "accepted", version: 1 };

afterEach(() => {
  vi.useRealTimers();
});

test("what waited is proposed when the gate opens, unless it is closed again at once", async () => {
  let proposals = 0;
  const gate = new ProposalGate(async () => {
    proposals += 1;
    return ACCEPTED;
  });
  await gate.close();
  const outcome = gate.propose(COMMAND);
  gate.open();
  void gate.close();
  await setImmediate();
  expect(proposals).toBe(0);
  gate.open();
  expect(await outcome).toEqual(ACCEPTED);
  expect(proposals).toBe(1);
});

test("it is closed when all that was under way has its outcome", async () => {
  const settle: ((outcome: ProposalOutcome) => void)[] = [];
  const gate = new ProposalGate(
    async () =>
      new Promise((resolve) => {
        settle.push(resolve);
      }),
  );
  void gate.propose(COMMAND);
  void gate.propose(COMMAND);
  let isClosed = false;
  const closed = gate.close().then(() => {
    isClosed = true;
    return undefined;
  });
  settle[0]?.(ACCEPTED);
  await setImmediate();
  expect(isClosed).toBe(false);
  settle[1]?.({ kind: "timed-out" });
  await closed;
});

test("what waited too long is answered, and never proposed", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let proposals = 0;
  const gate = new ProposalGate(async () => {
    proposals += 1;
    return ACCEPTED;
  });
  await gate.close();
  const outcome = gate.propose(COMMAND);
  await vi.advanceTimersByTimeAsync(HELD_PROPOSAL_MS);
  expect(await outcome).toEqual({ kind: "timed-out" });
  gate.open();
  await setImmediate();
  expect(proposals).toBe(0);
});
