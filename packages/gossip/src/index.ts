export { Bus, type BusCallbacks, type BusOptions, type LinkView, type PeerView } from "./bus.ts";
export type { BusLogger } from "./bus-logger.ts";
export {
  CLOSE_REASONS,
  DROP_REASONS,
  type BusStats,
  type CloseReason,
  type DropReason,
  type Traffic,
} from "./bus-stats.ts";
export type { AnnouncedListener, Hello } from "./control-messages.ts";
export type { PublishMode } from "./flood-traffic.ts";
export { FRAME_NAMES, type FrameName, type LinkKind } from "./frame-types.ts";
export { SECRET_BYTES_MIN } from "./limits.ts";
export type { LinkDirection } from "./link.ts";
export type { InterestRegistry } from "./local-interest.ts";
export type { PeerAddress } from "./mesh.ts";
export { isNodeId, NODE_ID_CHARS } from "./node-id.ts";
export type { BusAddress } from "./outbound-link.ts";
