/** `level` of a JSON line to the word and colour (SGR) shown for it. */
const LEVELS: Readonly<Record<number, readonly [word: string, color: number]>> = {
  20: ["debug", 90],
  25: ["verbose", 90],
  30: ["notice", 36],
  40: ["warning", 33],
  60: ["fatal", 31],
};
const WORD_WIDTH = 7;
/** Where the line came from: the reader knows, or the time and level are shown otherwise. */
const NOT_SHOWN = new Set(["level", "time", "pid", "hostname", "msg", "err"]);

/**
 * A line of the JSON log for eyes: `12:00:01.123 notice  listening port=7000`, in local time, with the stack
 * of an error below it. Text that is no JSON object passes unchanged.
 */
export function prettyLogLine(line: string, options: { readonly hasColor: boolean }): string {
  const record = parseRecord(line);
  if (record === undefined) return line;
  const [word, color] = LEVELS[Number(record["level"])] ?? ["?", 0];
  const paint = (text: string, sgr: number): string =>
    options.hasColor ? `\u001b[${sgr}m${text}\u001b[39m` : text;
  const time = clockTime(Number(record["time"]));
  const fields = Object.entries(record)
    .filter(([name]) => !NOT_SHOWN.has(name))
    .map(([name, value]) => ` ${paint(`${name}=`, DIM)}${showValue(value)}`);
  const message = showText(record["msg"]);
  const head = `${paint(time, DIM)} ${paint(word.padEnd(WORD_WIDTH), color)} ${message}`;
  return `${head}${fields.join("")}${showError(record["err"])}\n`;
}

const DIM = 90;

function clockTime(unixMs: number): string {
  const date = new Date(unixMs);
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map(
    (part) => String(part).padStart(2, "0"),
  );
  return `${hours}:${minutes}:${seconds}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** Quoted when it could be taken for something else. */
function showValue(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value) ?? "undefined";
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function showText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function showError(error: unknown): string {
  if (!isRecord(error)) return "";
  const text = showText(error["stack"]) || showText(error["message"]);
  return `\n  ${text.replaceAll("\n", "\n  ")}`;
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
