import { fileURLToPath } from "node:url";

/** The file of the `slotcast` command, for who starts a broker as a process of its own. */
export const MAIN_PATH = fileURLToPath(new URL("main.ts", import.meta.url));
