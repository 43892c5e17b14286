import manifest from "../package.json" with { type: "json" };

/** Our own version: `slotcast --version`, INFO `slotcast_version`. */
export const SLOTCAST_VERSION: string = manifest.version;
