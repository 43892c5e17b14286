import { describeClusterClient } from "./describe-cluster-client.ts";
import { describeScenarios } from "./describe-scenarios.ts";
import { connectNodeRedis } from "./node-redis-client.ts";

describeClusterClient("node-redis", 2, async (port) => connectNodeRedis(port, 2));
describeClusterClient("node-redis", 3, async (port) => connectNodeRedis(port, 3));
describeScenarios("node-redis", 2, async (port) => connectNodeRedis(port, 2));
describeScenarios("node-redis", 3, async (port) => connectNodeRedis(port, 3));
