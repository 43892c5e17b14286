export { Bus } from "./bus.ts";
export type { BusLogger } from "./bus-logger.ts";
export type { BusCallbacks, BusOptions } from "./bus-options.ts";
export { BusProtocolError, type BusFault } from "./bus-protocol-error.ts";
export {
  CLOSE_REASONS,
  DROP_REASONS,
  type BusStats,
  type CloseReason,
  type DropReason,
  type Traffic,
} from "./bus-stats.ts";
export type { LinkView, PeerView } from "./bus-views.ts";
export type { AnnouncedListener, Hello } from "./control-messages.ts";
export type { DataLink } from "./data-traffic.ts";
export { FailureDetector, type SuspicionReport } from "./failure-detector.ts";
export type { PublishMode } from "./flood-traffic.ts";
export { frameBody, type FrameBody } from "./frame-codec.ts";
export { FRAME_NAMES, type FrameName, type LinkKind, type PlainFrameName } from "./frame-types.ts";
export { SECRET_BYTES_MIN } from "./limits.ts";
export type { LinkDirection } from "./link.ts";
export type { InterestRegistry } from "./local-interest.ts";
export type { PeerAddress } from "./mesh.ts";
export { isNodeId, NODE_ID_CHARS } from "./node-id.ts";
export type { BusAddress } from "./outbound-link.ts";
export type { Stranger } from "./strangers.ts";
