import { describeClusterClient } from "./describe-cluster-client.ts";
import { connectNodeRedis } from "./node-redis-client.ts";

describeClusterClient("node-redis", 2, async (port) => connectNodeRedis(port, 2));
describeClusterClient("node-redis", 3, async (port) => connectNodeRedis(port, 3));
