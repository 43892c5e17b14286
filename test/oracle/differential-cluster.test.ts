import { startCluster } from "@slotcast/testkit";
import { describe, expect, test } from "vitest";
import {
  COMMANDS_MIN,
  compareServers,
  ORACLE_HZ,
  ORACLE_SEED,
  TEST_WITHIN_MS,
} from "./compare-servers.ts";
import { redisServerVersion, startRedisServer } from "./redis-server.ts";

// Goal and method: those of differential.test.ts, both servers with cluster mode on and all the slots.

describe.skipIf(redisServerVersion()?.startsWith("7.0.") !== true)(
  "beside redis-server 7.0 in cluster mode",
  () => {
    test(
      `a cluster of one node answers random sequences byte for byte alike (seed ${ORACLE_SEED})`,
      async () => {
        await using redis = await startRedisServer({ isCluster: true, hz: ORACLE_HZ });
        await using cluster = await startCluster({ nodes: 1 });
        const compared = await compareServers(redis.port, cluster.node(0));
        expect(compared).toBeGreaterThanOrEqual(COMMANDS_MIN);
      },
      TEST_WITHIN_MS,
    );
  },
);
