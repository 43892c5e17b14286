import type { StreamNodeLimits } from "@slotcast/store";
import type { Config } from "./config/config.ts";

/** What the `stream-…` directives say to streams, kept up to date with CONFIG SET. */
export function followStreamLimits(config: Config): StreamNodeLimits {
  const limits = {
    nodeEntriesMax: config.get("stream-node-max-entries"),
    nodeBytesMax: config.get("stream-node-max-bytes"),
    idempotence: {
      durationS: config.get("stream-idmp-duration"),
      sizeMax: config.get("stream-idmp-maxsize"),
    },
  };
  config.onChange("stream-node-max-entries", (entries) => {
    limits.nodeEntriesMax = entries;
  });
  config.onChange("stream-node-max-bytes", (bytes) => {
    limits.nodeBytesMax = bytes;
  });
  config.onChange("stream-idmp-duration", (durationS) => {
    limits.idempotence = { ...limits.idempotence, durationS };
  });
  config.onChange("stream-idmp-maxsize", (sizeMax) => {
    limits.idempotence = { ...limits.idempotence, sizeMax };
  });
  return limits;
}
