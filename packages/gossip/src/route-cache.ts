import { own, type Bytes } from "@slotcast/protocol";
import { ROUTE_CHANNEL_BYTES_MAX, ROUTES_MAX } from "./limits.ts";
import {
  publishRoute,
  type BatchTarget,
  type PublishFrame,
  type PublishRoute,
} from "./publish-batches.ts";

/**
 * Remembers which targets a channel's messages go to, and in which frame, so that the hot path of PUBLISH is one Map
 * look-up.
 * `invalidate` makes everything old at once, and each channel is decided again when it is next used.
 * Bounded by ROUTES_MAX: full, it forgets all, which costs each channel in use one decision.
 */
export class RouteCache<Target extends BatchTarget> {
  readonly #choose: (channel: Bytes) => readonly Target[];
  readonly #frame: PublishFrame;
  #routes = new Map<Bytes, PublishRoute<Target>>();

  constructor(choose: (channel: Bytes) => readonly Target[], frame: PublishFrame = "publish") {
    this.#choose = choose;
    this.#frame = frame;
  }

  get size(): number {
    return this.#routes.size;
  }

  routeOf(channel: Bytes): PublishRoute<Target> {
    const known = this.#routes.get(channel);
    if (known !== undefined) return known;
    const kept = channel.length > ROUTE_CHANNEL_BYTES_MAX ? channel : own(channel);
    const route = publishRoute(kept, this.#choose(kept), this.#frame);
    if (kept.length > ROUTE_CHANNEL_BYTES_MAX) return route;
    if (this.#routes.size >= ROUTES_MAX) this.#routes = new Map();
    this.#routes.set(kept, route);
    return route;
  }

  invalidate(): void {
    if (this.#routes.size > 0) this.#routes = new Map();
  }
}
