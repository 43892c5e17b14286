import type { HashSeed, MemberSetOptions } from "@slotcast/store";
import type { Config } from "./config/config.ts";

/** What all sets share: `set-max-intset-entries`, kept up to date with CONFIG SET, and the seed. */
export function followSetLimits(config: Config, hashSeed: HashSeed): MemberSetOptions {
  const options = { intsetEntriesMax: config.get("set-max-intset-entries"), hashSeed };
  config.onChange("set-max-intset-entries", (entries) => {
    options.intsetEntriesMax = entries;
  });
  return options;
}
