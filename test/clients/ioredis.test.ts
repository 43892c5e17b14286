import { describeClusterClient } from "./describe-cluster-client.ts";
import { describeScenarios } from "./describe-scenarios.ts";
import { connectIoredis } from "./ioredis-client.ts";

describeClusterClient("ioredis", 2, async (port) => connectIoredis(port, 2));
describeClusterClient("ioredis", 3, async (port) => connectIoredis(port, 3));
describeScenarios("ioredis", 2, async (port) => connectIoredis(port, 2));
describeScenarios("ioredis", 3, async (port) => connectIoredis(port, 3));
