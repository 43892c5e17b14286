import { formatMemorySize, parseMemorySize } from "./memory-size.ts";
import { ValueError } from "./value-error.ts";

/** When a client of a class that does not read is closed. 0 means no limit. */
export interface OutputBufferLimit {
  /** At once, above this. */
  readonly hardBytes: number;
  /** When above this for longer than `softSeconds`. */
  readonly softBytes: number;
  readonly softSeconds: number;
}

/** `replica` is the class that Redis still prints as `slave`. */
export interface OutputBufferLimits {
  readonly normal: OutputBufferLimit;
  readonly replica: OutputBufferLimit;
  readonly pubsub: OutputBufferLimit;
}

type ClientClass = keyof OutputBufferLimits;

const CLASSES: readonly ClientClass[] = ["normal", "replica", "pubsub"];
const NO_LIMIT: OutputBufferLimit = { hardBytes: 0, softBytes: 0, softSeconds: 0 };

/**
 * `<class> <hard> <soft> <soft seconds>` as often as wanted; a later entry of a class replaces an earlier.
 * Source: Redis 7.0 src/config.c, setConfigOutputBufferLimitOption.
 */
export function parseOutputBufferLimits(words: readonly string[]): OutputBufferLimits {
  if (words.length % 4 !== 0) {
    throw new ValueError("Wrong number of arguments in buffer limit configuration.");
  }
  const limits: Record<ClientClass, OutputBufferLimit> = {
    normal: NO_LIMIT,
    replica: NO_LIMIT,
    pubsub: NO_LIMIT,
  };
  for (let at = 0; at < words.length; at += 4) {
    const [className = "", hard = "", soft = "", seconds = ""] = words.slice(at, at + 4);
    const hardBytes = parseMemorySize(hard);
    const softBytes = parseMemorySize(soft);
    const clientClass = clientClassOf(className);
    if (hardBytes === undefined || softBytes === undefined || !/^\d+$/.test(seconds)) {
      throw new ValueError(
        "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
      );
    }
    limits[clientClass] = {
      hardBytes: Number(hardBytes),
      softBytes: Number(softBytes),
      softSeconds: Number(seconds),
    };
  }
  return limits;
}

/** As CONFIG GET prints it: plain bytes, and `slave`. */
export function formatOutputBufferLimits(limits: OutputBufferLimits): string {
  return CLASSES.map((name) => {
    const { hardBytes, softBytes, softSeconds } = limits[name];
    return `${name === "replica" ? "slave" : name} ${hardBytes} ${softBytes} ${softSeconds}`;
  }).join(" ");
}

/** One line of a configuration file per class. */
export function outputBufferLimitLines(limits: OutputBufferLimits): string[] {
  return CLASSES.map((name) => {
    const { hardBytes, softBytes, softSeconds } = limits[name];
    const sizes = [hardBytes, softBytes].map((bytes) => formatMemorySize(BigInt(bytes)));
    return `${name} ${sizes.join(" ")} ${softSeconds}`;
  });
}

function clientClassOf(word: string): ClientClass {
  const name = word.toLowerCase();
  const known = CLASSES.find((one) => one === (name === "slave" ? "replica" : name));
  if (known === undefined) {
    throw new ValueError("Invalid client class specified in buffer limit configuration.");
  }
  return known;
}
