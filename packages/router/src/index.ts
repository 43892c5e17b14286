export type {
  ClusterNodeFacts,
  ClusterView,
  NodeAddress,
  NodeId,
  SlotRange,
} from "./cluster-view.ts";
export {
  HERE,
  route,
  type DownPolicy,
  type Route,
  type RoutedRequest,
  type SlotView,
} from "./route.ts";
export { ServedSlots } from "./served-slots.ts";
