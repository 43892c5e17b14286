import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { DELIBERATE_BUGS } from "./deliberate-bugs.ts";
import { PACKAGES_PATH, patched } from "./source-patch.ts";

/**
 * Loaded before anything else by a process that runs seeds with a deliberate bug (seed-pool.ts): source files that the
 * bug is about are changed while they are read. Nothing in production knows of it.
 */
const name = process.argv[2] ?? "";
const bug = DELIBERATE_BUGS[name];
if (bug === undefined) throw new Error(`no deliberate bug ${name}`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.startsWith("file:") || loaded.source === undefined) return loaded;
    const path = fileURLToPath(url);
    const patches = bug.patches.filter(({ file }) => path === `${PACKAGES_PATH}/${file}`);
    if (patches.length === 0) return loaded;
    const source = String(
      typeof loaded.source === "string" ? loaded.source : Buffer.from(loaded.source as Uint8Array), // text or bytes
    );
    return { ...loaded, source: patches.reduce(patched, source) };
  },
});
