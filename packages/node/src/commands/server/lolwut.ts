import { fromText, lower, NOT_AN_INTEGER, type Bytes } from "@slotcast/protocol";
import { SLOTCAST_VERSION } from "../../slotcast-version.ts";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";

/** A publisher in the middle, and what it said on its way to everybody. */
const RINGS = ["·", "∘", "○", "◯"];
const SPREAD = 4;

/**
 * LOLWUT [VERSION version] [argument …]: rings of a message that spreads, and our version. The arguments of Redis'
 * pieces are taken and mean nothing here. Source of the idea: Redis, where it is a piece of art for each version.
 */
export function lolwut({ reply }: CommandContext, argv: readonly Bytes[]): void {
  const [, option, version] = argv;
  if (option !== undefined && version !== undefined && lower(option) === "version") {
    if (parseInteger(version) === undefined) throw NOT_AN_INTEGER;
  }
  reply.verbatim(fromText(`${drawRings()}\nSlotcast ver. ${SLOTCAST_VERSION}\n`));
}

function drawRings(): string {
  const lines: string[] = [];
  for (let y = -SPREAD; y <= SPREAD; y += 1) {
    let line = "";
    for (let x = -2 * SPREAD; x <= 2 * SPREAD; x += 1) {
      const distance = Math.round(Math.hypot(x / 2, y));
      line += distance > SPREAD ? " " : (RINGS[distance - 1] ?? "●");
    }
    lines.push(`  ${line.trimEnd()}`);
  }
  return `${lines.join("\n")}\n`;
}
