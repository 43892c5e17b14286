import { SeededRandom } from "../simulation/seeded-random.ts";
import { startCluster, type TestCluster } from "../start-cluster.ts";
import { until } from "../until.ts";
import { BusTap } from "./bus-tap.ts";
import {
  closesOf,
  linksOf,
  plantKeys,
  portrait,
  residentBytes,
  untilSettled,
  VERSION_LINE,
} from "./cluster-portrait.ts";
import { GenuineLoad } from "./genuine-load.ts";
import {
  CHANGED_LINKS_MIN,
  FRAMES_PER_CHANGED_LINK,
  MEMORY_GROWTH_BYTES_MAX,
  MENDED_WITHIN_MS,
} from "./limits.ts";
import { MiddleAttack, type MiddleCounts } from "./middle-attack.ts";
import { OutsideAttack } from "./outside-attack.ts";
import { Recordings } from "./recordings.ts";
import type { Sort } from "./volley.ts";
import type { LinkKind } from "./wire-format.ts";

export interface AttackReport {
  /** What went wrong, as sentences; empty: nothing. */
  readonly faults: readonly string[];
  /** All hostile frames that were sent; a message of the handshake counts as one. */
  readonly frames: number;
  /** Of these, by those who came from nowhere, by what they were made of. */
  readonly bySort: ReadonlyMap<Sort, number>;
  readonly connections: number;
  readonly halfOpen: number;
  readonly middle: MiddleCounts;
  /** Connections that the nodes ended, by their reason. */
  readonly closes: ReadonlyMap<string, number>;
  /** The machine was too busy for the nodes to answer each other: links ended without anybody's doing. */
  readonly wasStarved: boolean;
  readonly messages: { readonly published: number; readonly lost: number };
  readonly writes: number;
  readonly memoryGrowthBytes: readonly number[];
  readonly elapsedMs: number;
}

/** Each with a replica: so there are links of all kinds. */
const PRIMARIES = 2;
/** The part of the frames that is sent while the links between the nodes are left alone. */
const CALM_PART = 0.6;
const RECORDED_KINDS: readonly LinkKind[] = ["control", "flood", "data"];
/** Reasons for which links end on a machine that gives a node no time. */
const STARVED = ["ack_timeout", "silent"];

/** What the attack is about. */
interface Scene {
  readonly cluster: TestCluster;
  readonly load: GenuineLoad;
  readonly outside: OutsideAttack;
  readonly middle: MiddleAttack;
  /** Before anything was attacked. */
  readonly portrait: readonly string[];
  readonly faults: string[];
}

/**
 * Four real nodes with their clients, and somebody who hears all that they say to each other, can change it, can say
 * anything to anybody, and does not know the secret. Sends at least `frames` frames. Rejects when the cluster itself
 * does not work; what the attack achieved is in the report.
 */
export async function runAttack(options: {
  readonly frames: number;
  readonly seed: number;
}): Promise<AttackReport> {
  const startedAtMs = performance.now();
  const random = new SeededRandom(options.seed);
  await using open = new AsyncDisposableStack();
  const scene = await setScene(open, random);
  const { cluster, load, outside, middle, faults } = scene;
  const memoryBefore = await Promise.all(cluster.nodes.map(residentBytes));
  const wasStarved = await attackFromOutside(scene, options.frames * CALM_PART);
  await attackFromTheMiddle(scene, options.frames);
  await load.end();
  const memoryAfter = await Promise.all(cluster.nodes.map(residentBytes));
  const memoryGrowthBytes = memoryAfter.map((bytes, index) => bytes - (memoryBefore[index] ?? 0));
  if (Math.max(...memoryGrowthBytes) > MEMORY_GROWTH_BYTES_MAX) {
    faults.push(`a node grew by ${Math.max(...memoryGrowthBytes)} bytes`);
  }
  return {
    faults: [...faults, ...load.faults],
    frames: outside.frames + middle.counts.frames,
    bySort: outside.bySort,
    connections: outside.volleys,
    halfOpen: outside.halfOpen,
    middle: middle.counts,
    closes: await closesOf(cluster),
    wasStarved,
    messages: load.messages,
    writes: load.writes,
    memoryGrowthBytes,
    elapsedMs: performance.now() - startedAtMs,
  };
}

/** A cluster whose nodes reach each other through taps, with data and clients. */
async function setScene(open: AsyncDisposableStack, random: SeededRandom): Promise<Scene> {
  const recordings = new Recordings();
  const middle = new MiddleAttack({ random: random.fork("middle"), recordings });
  const busPorts: number[] = [];
  const cluster = open.use(
    await startCluster({
      nodes: PRIMARIES,
      replicas: 1,
      directives: { loglevel: "warning" },
      announcedBusPort: async (index, busPort) => {
        busPorts[index] = busPort;
        return open.use(new BusTap({ busPort, recordings, middleMan: middle })).listen();
      },
    }),
  );
  await untilSettled(cluster, MENDED_WITHIN_MS);
  await plantKeys(cluster);
  const load = open.use(await GenuineLoad.start(cluster));
  await until(() => RECORDED_KINDS.every((kind) => recordings.kinds.includes(kind)), {
    withinMs: MENDED_WITHIN_MS,
    what: "recordings of all kinds of links between members",
  });
  const peerIds = await nodeIds(cluster);
  const outside = new OutsideAttack({ random, recordings, busPorts, peerIds });
  return { cluster, load, outside, middle, portrait: await portrait(cluster), faults: [] };
}

/**
 * The links between the nodes are left alone: none may end, no message may be lost, and what ends are the hostile
 * connections, each of them. Resolves to whether the machine was too busy to tell.
 */
async function attackFromOutside(scene: Scene, frames: number): Promise<boolean> {
  const { cluster, load, outside, faults } = scene;
  const linksBefore = await linksOf(cluster);
  const closesBefore = await closesOf(cluster);
  outside.crowd();
  await outside.fireUntil(() => outside.frames >= frames);
  await outside.floodAndDisperse();
  await load.settle(MENDED_WITHIN_MS);
  const hostile = outside.volleys + outside.halfOpen;
  const ended = async (): Promise<number> => total(await closesOf(cluster)) - total(closesBefore);
  await until(async () => (await ended()) >= hostile, {
    withinMs: MENDED_WITHIN_MS,
    what: "an end of every hostile connection",
  });
  compare(faults, "state, attacked from outside", scene.portrait, await portrait(cluster));
  const wasStarved = total(await closesOf(cluster), STARVED) > total(closesBefore, STARVED);
  if (wasStarved) return true;
  const count = await ended();
  if (count !== hostile) faults.push(`${count} connections ended, of ${hostile} hostile ones`);
  compare(faults, "links", linksBefore, await linksOf(cluster));
  const { lost } = load.messages;
  if (lost > 0) faults.push(`${lost} messages were lost on links that nobody touched`);
  return false;
}

/** Also every link is changed, again and again: each change must end it, and all is well when they are left alone. */
async function attackFromTheMiddle(scene: Scene, frames: number): Promise<void> {
  const { cluster, load, outside, middle, faults } = scene;
  const { counts } = middle;
  const linksToChange = Math.max(CHANGED_LINKS_MIN, frames / FRAMES_PER_CHANGED_LINK);
  load.resume();
  middle.start();
  await outside.fireUntil(
    () => outside.frames + counts.frames >= frames && middle.changedLinks >= linksToChange,
  );
  await middle.stop();
  await cluster.untilReady(MENDED_WITHIN_MS);
  await load.mend(MENDED_WITHIN_MS);
  const before = scene.portrait.filter(isLasting);
  const after = (await portrait(cluster)).filter(isLasting);
  compare(faults, "state, attacked from the middle", before, after);
  if (counts.endings.not > 0) faults.push(`${counts.endings.not} changed links live`);
  if (counts.handshakesThatWorked > 0) {
    faults.push(`${counts.handshakesThatWorked} changed handshakes worked`);
  }
}

/** Replicas whose links were broken may have left the in-sync sets, and are back: facts of another version. */
function isLasting(line: string): boolean {
  return !line.includes(VERSION_LINE);
}

async function nodeIds(cluster: TestCluster): Promise<string[]> {
  await using client = await cluster.node(0).connect();
  const nodes = await client.callText("CLUSTER", "NODES");
  return nodes.split("\n").flatMap((line) => /^[0-9a-f]{40}/.exec(line) ?? []);
}

/** For any reason, or for one of these. */
function total(closes: ReadonlyMap<string, number>, reasons = [...closes.keys()]): number {
  return reasons.reduce((sum, reason) => sum + (closes.get(reason) ?? 0), 0);
}

function compare(
  faults: string[],
  what: string,
  before: readonly string[],
  after: readonly string[],
): void {
  const gone = before.filter((line) => !after.includes(line));
  const come = after.filter((line) => !before.includes(line));
  if (gone.length + come.length === 0) return;
  faults.push(`${what}: - ${gone.join(" - ")} + ${come.join(" + ")}`);
}
