import { CLOSE_DRAIN_MS } from "./limits.ts";
import type { Link } from "./link.ts";

/** Lets queued frames leave. Resolves when all links are gone, or after CLOSE_DRAIN_MS: then close what is left. */
export async function finishLinks(links: readonly Link[]): Promise<void> {
  const timeout = Promise.withResolvers<void>();
  const timer = setTimeout(timeout.resolve, CLOSE_DRAIN_MS);
  await Promise.race([Promise.all(links.map((link) => link.finish())), timeout.promise]);
  clearTimeout(timer);
}
