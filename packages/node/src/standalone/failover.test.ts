import { beforeEach, expect, test } from "vitest";
import type { PrimaryAddress } from "../config/directive.ts";
import { Gates } from "../gates.ts";
import type { Logger } from "../logger.ts";
import { Pause } from "../pause.ts";
import { Failover } from "./failover.ts";

const REPLICA: PrimaryAddress = { host: "replica", port: 1 };
const ANY = { target: undefined, timeoutMs: 0, isForced: false };

const logger: Logger = {
  debug: ignore,
  verbose: ignore,
  info: ignore,
  warn: ignore,
  fatal: ignore,
  child: () => logger,
};

let done: string[];
let level: PrimaryAddress | undefined;
let pause: Pause;
let failover: Failover;

beforeEach(() => {
  done = [];
  level = undefined;
  pause = new Pause({ nowMs: () => 0, gates: new Gates(), resume: ignore });
  failover = new Failover({
    pause,
    logger,
    host: {
      levelReplica: (target) => (target === undefined || target === level ? level : undefined),
      logEnd: () => 42,
      handOver: ({ host }, offset) => void done.push(`hand over to ${host} at ${offset}`),
      takeBack: () => void done.push("take back"),
    },
  });
});

function ignore(): void {}

test("writes wait from the order to the answer of the replica that has everything", () => {
  failover.begin(ANY, 0);
  expect([failover.state, pause.mode]).toEqual(["waiting-for-sync", "write"]);
  failover.review(1000);
  expect(done).toEqual([]);
  level = REPLICA;
  failover.review(1001);
  expect(done).toEqual(["hand over to replica at 42"]);
  expect([failover.state, pause.mode]).toEqual(["failover-in-progress", "write"]);
  failover.finished();
  expect([failover.state, pause.mode]).toEqual(["no-failover", undefined]);
});

test("only the replica that was asked for will do", () => {
  failover.begin({ ...ANY, target: { host: "other", port: 1 } }, 0);
  level = REPLICA;
  failover.review(1);
  expect(done).toEqual([]);
});

test("when time is up it is off, or forced", () => {
  failover.begin({ ...ANY, timeoutMs: 100 }, 0);
  failover.review(99);
  expect(failover.isUnderWay).toBe(true);
  failover.review(100);
  expect([failover.state, pause.mode, done]).toEqual(["no-failover", undefined, []]);
  failover.begin({ target: REPLICA, timeoutMs: 100, isForced: true }, 1000);
  failover.review(1100);
  expect(done).toEqual(["hand over to replica at 0"]);
});

test("an abort or a refusal gives the place back once it was handed over", () => {
  failover.begin(ANY, 0);
  failover.abort("a client asked");
  expect(done).toEqual([]);
  level = REPLICA;
  failover.begin(ANY, 0);
  failover.review(1);
  failover.abort("refused");
  expect(done).toEqual(["hand over to replica at 42", "take back"]);
  expect([failover.state, pause.mode]).toEqual(["no-failover", undefined]);
  failover.abort("again");
  failover.finished();
  expect(done).toHaveLength(2);
});

test("CLIENT UNPAUSE does not end the waiting of writes, nor the other way round", () => {
  pause.start("all", 1000);
  failover.begin(ANY, 0);
  expect(pause.mode).toBe("all");
  pause.end();
  expect(pause.mode).toBe("write");
  pause.start("all", 1000);
  failover.abort("a client asked");
  expect(pause.mode).toBe("all");
  pause.end();
  expect(pause.mode).toBeUndefined();
});
