import { parseAddress } from "./address.ts";
import { checkIoredis } from "./check-ioredis.ts";
import { checkNodeRedis } from "./check-node-redis.ts";
import { checkRedisCli } from "./check-redis-cli.ts";
import { ComposeProject } from "./compose-project.ts";
import { runProgram } from "./run-program.ts";
import { StepList } from "./step-list.ts";
import { tellStory } from "./story.ts";

// `npm run test:docker` proves docker-compose.yml on this machine's Docker engine, with each compose command that is
// installed. `main.ts clients host:port …` are the checks of the clients alone, for a container in the network.

const COMPOSE_COMMANDS = [["docker", "compose"], ["docker-compose"]] as const;

const steps = new StepList();
const [mode, ...rest] = process.argv.slice(2);
if (mode === "clients") {
  const addresses = rest.map(parseAddress);
  await steps.run("redis-cli -c", async () => checkRedisCli(addresses));
  await steps.run("ioredis", async () => checkIoredis(addresses));
  await steps.run("node-redis", async () => checkNodeRedis(addresses));
} else {
  await proveComposeFile();
}
steps.printSummary();
process.exitCode = steps.failedCount > 0 ? 1 : 0;

async function proveComposeFile(): Promise<void> {
  const engine = await versionOf(["docker", "version", "--format", "{{.Server.Version}}"]);
  if (engine === undefined) {
    steps.print(
      "There is no Docker engine here: nothing was tested. (`docker version` must show a server.)",
    );
    process.exit(1);
  }
  steps.print(`Docker engine ${engine}`);
  let found = 0;
  for (const command of COMPOSE_COMMANDS) {
    const name = command.join(" ");
    const version = await versionOf([...command, "version", "--short"]);
    if (version === undefined) {
      steps.print(`\n${name}: not installed here, not tested`);
      continue;
    }
    found += 1;
    steps.print(`\n${name} ${version}`);
    await tellStory(new ComposeProject(command), steps);
  }
  if (found === 0) {
    steps.print("Neither `docker compose` nor `docker-compose` is installed: nothing was tested.");
    process.exit(1);
  }
}

/** `undefined`: it is not there, or cannot reach its server. */
async function versionOf(command: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await runProgram(command);
    return stdout.trim();
  } catch {
    return undefined;
  }
}
