import { startNode } from "@slotcast/testkit";
import { describe, expect, test } from "vitest";
import {
  COMMANDS_MIN,
  compareServers,
  ORACLE_HZ,
  ORACLE_SEED,
  TEST_WITHIN_MS,
} from "./compare-servers.ts";
import { redisServerVersion, startRedisServer } from "./redis-server.ts";

// Goal: a client cannot tell the broker from redis-server 7.0, but for what docs/divergence.md lists.
// Method: random sequences on three connections, the same to both; every byte that comes back is compared. A failing
// sequence is shrunk and printed as commands; ORACLE_SEED repeats a run.

describe.skipIf(redisServerVersion()?.startsWith("7.0.") !== true)(
  "beside redis-server 7.0",
  () => {
    test(
      `random sequences are answered byte for byte alike (seed ${ORACLE_SEED})`,
      async () => {
        await using redis = await startRedisServer({ hz: ORACLE_HZ });
        await using node = await startNode();
        expect(await compareServers(redis.port, node)).toBeGreaterThanOrEqual(COMMANDS_MIN);
      },
      TEST_WITHIN_MS,
    );
  },
);
