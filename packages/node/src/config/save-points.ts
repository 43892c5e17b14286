import { ValueError } from "./value-error.ts";

/** Save a snapshot when `changes` writes happened within `seconds`. */
export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

/** strtoll: nothing at all is 0, so that `5` and a trailing space mean `5 0`. */
const INTEGER = /^[+-]?\d*$/;

/** `save 900 1 300 10`, or `save ""` for none. Source: Redis 7.0 src/config.c, setConfigSaveOption. */
export function parseSavePoints(words: readonly string[]): readonly SavePoint[] {
  if (words.length === 0 || (words.length === 1 && words[0] === "")) return [];
  const points: SavePoint[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const [secondsText = "", changesText = "x"] = words.slice(at, at + 2);
    const seconds = Number(secondsText);
    const changes = Number(changesText);
    const valid = INTEGER.test(secondsText) && INTEGER.test(changesText);
    if (!valid || seconds < 1 || changes < 0) throw new ValueError("Invalid save parameters");
    points.push({ seconds, changes });
  }
  return points;
}

export function formatSavePoints(points: readonly SavePoint[]): string {
  return points.map(({ seconds, changes }) => `${seconds} ${changes}`).join(" ");
}
