import { parseArgs } from "node:util";
import { describeReport } from "./describe-report.ts";
import { runAttack } from "./run-attack.ts";

const HELP = `npm run attack -- [options]

  --frames N   hostile frames to send to a cluster of four nodes (default 50000)
  --seed S     of the attacker's choices (default 1)
`;

/** `npm run attack`: see HELP. Exit code 1: the attack changed something; 2: wrong arguments. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      frames: { type: "string", default: "50000" },
      seed: { type: "string", default: "1" },
      help: { type: "boolean", default: false },
    },
  });
  const { frames, seed, help } = values;
  if (help || ![frames, seed].every((text) => /^\d{1,9}$/.test(text))) {
    process.stdout.write(HELP);
    return help ? 0 : 2;
  }
  const report = await runAttack({ frames: Number(frames), seed: Number(seed) });
  process.stdout.write(`${describeReport(report).join("\n")}\n`);
  return report.faults.length === 0 ? 0 : 1;
}

process.exitCode = await main();
