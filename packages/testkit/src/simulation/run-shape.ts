import type { PlannedFault } from "./fault.ts";
import { planFaults } from "./fault-plan.ts";
import type { Weather } from "./network.ts";
import { PROFILES, profileOf, type ProfileName } from "./profiles.ts";
import { SeededRandom } from "./seeded-random.ts";
import type { ClientHabits } from "./simulated-client.ts";
import type { ClusterShape } from "./simulated-cluster.ts";

/** What identifies a run: the same options, the same trace. */
export interface RunOptions {
  readonly seed: number;
  /** Missing: the seed chooses. */
  readonly profile?: ProfileName;
  /** Missing: the seed chooses. */
  readonly nodes?: number;
  /** Instead of what the seed decides. Chance during the run is still the seed's. */
  readonly shape?: RunShape;
}

/** All that a seed decides before anything happens. Plain data, as kept in a regression file. */
export interface RunShape {
  readonly profile: ProfileName;
  readonly cluster: ClusterShape;
  readonly weather: Weather;
  readonly clients: number;
  readonly habits: ClientHabits;
  readonly faults: readonly PlannedFault[];
}

/** The first fault comes when the cluster runs, the last one so early that all can heal within the run. */
const FAULTS_FROM_MS = 1500;
export const FAULTS_TO_MS = 38_000;

export function shapeRun({ seed, profile: wanted, nodes, shape }: RunOptions): RunShape {
  if (shape !== undefined) return shape;
  const random = new SeededRandom(seed).fork("shape");
  const profile = wanted ?? profileOf(seed);
  const { roughness } = PROFILES[profile];
  const rough = roughness * random.next() ** 2;
  const [nodeCount, shards] = drawSize(random, nodes);
  const cluster: ClusterShape = {
    nodes: nodeCount,
    shards,
    voters: nodeCount < 3 ? 1 : nodeCount < 10 ? 3 : 5,
    nodeTimeoutMs: random.pick([500, 1500, 1500]),
    // Small in some runs, so that what is seldom full in production is full here.
    tuning: {
      isrLagTimeMs: random.pick([300, 1000, 1000]),
      batchBytesMax: random.pick([64, 1000, 1024 * 1024]),
      windowBytesMax: random.pick([200, 4000, 16 * 1024 * 1024]),
      caughtUpBytes: random.pick([0, 500, 1024 * 1024]),
      uncommittedBytesMax: random.pick([500, 10_000, 64 * 1024 * 1024]),
      syncBufferBytesMax: random.pick([2000, 20_000, 256 * 1024 * 1024]),
    },
    backlogBytesMax: random.pick([0, 1000, 20_000, 1024 * 1024]),
    isEncoded: random.chance(0.1),
    writeMs: { low: 0.2, high: random.pick([2, 5, 5 + 60 * rough]) },
  };
  const clients = 3 + random.below(3);
  return {
    profile,
    cluster,
    weather: {
      latencyMs: random.betweenByScale(0.05, 2 + 10 * rough),
      jitterMs: random.betweenByScale(0.1, 4 + 60 * rough),
      lateRate: rough * 0.01,
      lateMs: 50 + 400 * rough,
    },
    clients,
    habits: {
      thinkMsMax: random.pick([80, 160, 400]),
      pipelineMax: random.pick([1, 2, 6]),
      paddingBytesMax: random.pick([0, 20, 200]),
      keys: random.pick([3, 9, 24]),
    },
    faults: planFaults({
      profile: PROFILES[profile],
      random: new SeededRandom(seed).fork("faults"),
      nodes: nodeCount,
      clients,
      shards,
      fromMs: FAULTS_FROM_MS,
      toMs: FAULTS_TO_MS,
    }),
  };
}

/** Mostly shards of two; some of three, and some clusters that are small or uneven. */
function drawSize(random: SeededRandom, nodes: number | undefined): [number, number] {
  const [drawn, shards] = random.pick<[number, number]>([
    [6, 3],
    [6, 3],
    [7, 3],
    [6, 2],
    [4, 2],
    [4, 2],
    [5, 2],
    [3, 1],
  ]);
  return nodes === undefined ? [drawn, shards] : [nodes, Math.max(1, Math.min(3, nodes >> 1))];
}
