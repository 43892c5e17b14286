import type { AttackReport } from "./run-attack.ts";

/** For people: what was sent, what came of it, and last whether that is well. */
export function describeReport(report: AttackReport): string[] {
  const { middle, messages, faults } = report;
  const seconds = (report.elapsedMs / 1000).toFixed(1);
  const growth = report.memoryGrowthBytes.map((bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`);
  return [
    `hostile frames         ${report.frames} in ${seconds} s`,
    `  from nowhere         ${report.connections} connections: ${counted(report.bySort)}`,
    `  half open            ${report.halfOpen} connections`,
    `  in the middle        ${middle.frames} frames`,
    `  links changed        ${counted(Object.entries(middle.tricks))}`,
    `  of kinds             ${counted(Object.entries(middle.kinds))}`,
    `  which ended          ${counted(Object.entries(middle.endings))}`,
    `  handshakes spoiled   ${middle.handshakes}, of which worked ${middle.handshakesThatWorked}`,
    `connections ended      ${counted(report.closes)}`,
    `messages               ${messages.published} published, ${messages.lost} lost on broken links`,
    `writes                 ${report.writes}`,
    `memory of the nodes    + ${growth.join(", + ")}`,
    ...(report.wasStarved ? ["the machine was too busy: untouched links ended by themselves"] : []),
    ...faults.map((fault) => `FAULT                  ${fault}`),
    faults.length === 0 ? "nothing changed" : `${faults.length} faults`,
  ];
}

function counted(counts: Iterable<readonly [name: string, count: number]>): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join(", ");
}
