import assert from "node:assert/strict";
import { join } from "node:path";
import { until } from "@slotcast/testkit";
import { Redis } from "ioredis";
import { parseAddress, type Address } from "./address.ts";
import { checkIoredis } from "./check-ioredis.ts";
import { checkNodeRedis } from "./check-node-redis.ts";
import { checkRedisCli, readKeys } from "./check-redis-cli.ts";
import { SERVICES, type ComposeProject } from "./compose-project.ts";
import { publishAcross } from "./publish-across.ts";
import { runProgram } from "./run-program.ts";
import type { StepList } from "./step-list.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const CLIENT_IMAGE = "slotcast-docker-test-client";
const LONE_CONTAINER = "slotcast-docker-test-alone";
const INSIDE = SERVICES.map((service) => `${service}:6379`);
const BUILD_TIMEOUT_MS = 600_000;
/** Docker kills what has not stopped after 10 s, unless it is told to wait longer. */
const STOP_MS_MAX = 10_000;
const LINKED_WITHIN_MS = 30_000;
const RESTARTED_WITHIN_MS = 30_000;

/** From `build` to `down`: what docs/docker.md promises, one step for each promise. */
export async function tellStory(project: ComposeProject, steps: StepList): Promise<void> {
  const failedBefore = steps.failedCount;
  // What an earlier run that was cut short has left.
  if (!(await steps.run("nothing stands in the way", async () => removeAll(project)))) return;
  try {
    await bringUpAndUse(project, steps);
  } finally {
    if (steps.failedCount > failedBefore) steps.print(await project.run(["logs", "--no-color"]));
    await steps.run("down: nothing is left but the image", async () => removeAll(project));
  }
}

/** Ends early when there is no cluster to look at. */
async function bringUpAndUse(project: ComposeProject, steps: StepList): Promise<void> {
  await steps.run("the variables move the published address", async () => checkVariables(project));
  const isBuilt = await steps.run("the image is built", async () => {
    await project.run(["build"], { timeoutMs: BUILD_TIMEOUT_MS });
    return imageSize("slotcast");
  });
  if (!isBuilt) return;
  const isUp = await steps.run(
    "up: six healthy nodes, linked to each other, all replicas in sync",
    async () => {
      await project.run(["up", "-d"]);
      return untilClusterStands(project);
    },
  );
  if (!isUp) return;
  const outside = await externalAddresses(project);
  await steps.run("no node runs as root, or can change its program", async () =>
    checkUser(project),
  );
  await steps.run("redis-cli -c from the host", async () => checkRedisCli(outside));
  await steps.run("ioredis from the host", async () => checkIoredis(outside));
  await steps.run("node-redis from the host", async () => checkNodeRedis(outside));
  await steps.run("the same three from inside the network", async () => checkInside(project));
  await steps.run(
    "a killed node comes back; the others go on without it, and nothing is lost",
    async () => checkCrash(project, outside),
  );
  await steps.run("stop, with clients attached: in time, exit code 0", async () =>
    checkStop(project, outside),
  );
  await steps.run("start again: linked, and redirecting as before", async () => {
    await project.run(["start"]);
    await untilClusterStands(project);
    return checkRedisCli(outside);
  });
  await steps.run("the image alone: standalone, healthy, right signals as PID 1", checkAlone);
}

async function checkVariables(project: ComposeProject): Promise<string> {
  const text = await project.run(["config"], {
    env: { EXTERNAL_HOST: "broker.example", EXTERNAL_PORT_2: "7101", EXTERNAL_BIND: "0.0.0.0" },
  });
  assert.match(text, /external=broker\.example:7101/);
  assert.match(text, /0\.0\.0\.0/);
  return "EXTERNAL_HOST, EXTERNAL_PORT_2, EXTERNAL_BIND";
}

async function imageSize(image: string): Promise<string> {
  const { stdout } = await runProgram(["docker", "image", "ls", "--format", "{{.Size}}", image]);
  return stdout.trim();
}

/** Resolves with how long it took. */
async function untilClusterStands(project: ComposeProject): Promise<string> {
  const startedAtMs = performance.now();
  // One after the other: each look is a process, and the nodes need the cores to start.
  for (const service of SERVICES) await project.untilHealthy(service);
  for (const { host, port } of await externalAddresses(project)) {
    const linked = async (): Promise<void> => {
      const { stdout } = await runProgram(["redis-cli", "-h", host, "-p", `${port}`, "INFO"]);
      const [, links = stdout.trim()] = /cluster_links_connected:(\d+)/.exec(stdout) ?? [];
      assert.equal(links, String(SERVICES.length - 1));
    };
    await until(linked, { withinMs: LINKED_WITHIN_MS, what: `the links of ${host}:${port}` });
  }
  for (const service of SERVICES) {
    // Its exit code says whether all is well.
    const status = ["slotcast", "cluster", "status", "--port", "6379"];
    await until(async () => (await project.exec(service, status)) !== "", {
      withinMs: LINKED_WITHIN_MS,
      what: `a whole cluster, as ${service} sees it`,
    });
  }
  return `after ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`;
}

/** What the nodes announce to the host, whatever `.env` and the environment made of it. */
async function externalAddresses(project: ComposeProject): Promise<Address[]> {
  const announced = ["printenv", "SLOTCAST_CLUSTER_ANNOUNCE_CLIENT"];
  return Promise.all(
    SERVICES.map(async (service) => {
      const text = await project.exec(service, announced);
      return parseAddress(text.replace("external=", ""));
    }),
  );
}

async function checkUser(project: ComposeProject): Promise<string> {
  const seen = await Promise.all(
    SERVICES.map(async (service) => {
      const user = await project.exec(service, ["id", "-u"]);
      assert.notEqual(user, "0");
      const writable = ["sh", "-c", "find /app -writable ! -type l | head -n 1"];
      assert.equal(await project.exec(service, writable), "");
      await project.exec(service, ["sh", "-c", "touch /data/probe && rm /data/probe"]);
      return user;
    }),
  );
  return `user ${[...new Set(seen)].join(", ")}; /data is writable`;
}

/** Runs the checks of the clients again, on a machine that knows the nodes by their names only. */
async function checkInside(project: ComposeProject): Promise<string> {
  const dockerfile = join(import.meta.dirname, "client.Dockerfile");
  const network = process.env["BUILD_NETWORK"] || "default";
  await runProgram(
    [
      "docker",
      "build",
      "-t",
      CLIENT_IMAGE,
      "--network",
      network,
      "-f",
      dockerfile,
      import.meta.dirname,
    ],
    { timeoutMs: BUILD_TIMEOUT_MS },
  );
  const { NetworkSettings } = await project.inspect("node-1");
  const [inside = ""] = Object.keys(NetworkSettings.Networks);
  const { stdout } = await runProgram([
    ...["docker", "run", "--rm", "--network", inside, "-v", `${REPOSITORY}:/repository:ro`],
    ...[CLIENT_IMAGE, "node", "/repository/test/docker/main.ts", "clients", ...INSIDE],
  ]);
  return `\n${stdout.trimEnd().replaceAll(/^/gm, "        ")}`;
}

async function checkCrash(project: ComposeProject, outside: readonly Address[]): Promise<string> {
  const [first, second, third] = outside;
  assert(first !== undefined && second !== undefined && third !== undefined);
  const before = await readKeys(first);
  await publishAcross({ from: first, to: third }, async () => {
    // PID 1 is Docker's init; the broker is its child.
    const kill = ["sh", "-c", "kill -9 $(cat /proc/1/task/1/children)"];
    await project.exec("node-2", kill);
  });
  await until(async () => (await project.inspect("node-2")).RestartCount === 1, {
    withinMs: RESTARTED_WITHIN_MS,
    what: "a restart of node-2",
  });
  const time = await untilClusterStands(project);
  assert.deepEqual(await readKeys(second), before, "what was stored before");
  await publishAcross({ from: first, to: second });
  await publishAcross({ from: second, to: third });
  await checkRedisCli(outside);
  return `healthy and linked ${time}; it receives and publishes again`;
}

async function checkStop(project: ComposeProject, outside: readonly Address[]): Promise<string> {
  const subscribers = outside.map(
    ({ host, port }) => new Redis({ host, port, retryStrategy: () => null }),
  );
  try {
    await Promise.all(subscribers.map(async (client) => client.subscribe("news")));
    const startedAtMs = performance.now();
    await project.run(["stop"]);
    const tookMs = performance.now() - startedAtMs;
    assert.ok(tookMs < STOP_MS_MAX, `stop took ${Math.round(tookMs)} ms`);
    for (const service of SERVICES) {
      const { State } = await project.inspect(service);
      assert.equal(State.Status, "exited", service);
      assert.equal(State.ExitCode, 0, `exit code of ${service}`);
    }
    return `${(tookMs / 1000).toFixed(1)} s`;
  } finally {
    for (const client of subscribers) client.disconnect();
  }
}

/** Without compose and without an init, as `docker run slotcast` starts it. */
async function checkAlone(): Promise<string> {
  const state = async (format: string): Promise<string> => {
    const { stdout } = await runProgram(["docker", "inspect", "-f", format, LONE_CONTAINER]);
    return stdout.trim();
  };
  await runProgram(["docker", "run", "-d", "--name", LONE_CONTAINER, "slotcast"]);
  try {
    await until(async () => (await state("{{.State.Health.Status}}")) === "healthy", {
      withinMs: RESTARTED_WITHIN_MS,
      what: "a healthy container",
    });
    const startedAtMs = performance.now();
    await runProgram(["docker", "stop", LONE_CONTAINER]);
    const tookMs = performance.now() - startedAtMs;
    assert.ok(tookMs < STOP_MS_MAX, `stop took ${Math.round(tookMs)} ms`);
    assert.equal(await state("{{.State.ExitCode}}"), "0", "exit code");
    return `stopped in ${(tookMs / 1000).toFixed(1)} s, exit code 0`;
  } finally {
    await removeLoneContainer();
  }
}

async function removeLoneContainer(): Promise<void> {
  const named = ["--filter", `name=^/?${LONE_CONTAINER}$`];
  const { stdout } = await runProgram(["docker", "container", "ls", "--all", "--quiet", ...named]);
  if (stdout !== "") await runProgram(["docker", "rm", "-f", "-v", LONE_CONTAINER]);
}

async function removeAll(project: ComposeProject): Promise<string> {
  await removeLoneContainer();
  await project.run(["down", "--volumes", "--remove-orphans"]);
  for (const kind of ["container", "network", "volume"] as const) {
    assert.deepEqual(await project.leftovers(kind), [], `${kind}s left`);
  }
  const { stdout } = await runProgram(["docker", "image", "ls", "--quiet", CLIENT_IMAGE]);
  if (stdout !== "") await runProgram(["docker", "image", "rm", CLIENT_IMAGE]);
  return "";
}
