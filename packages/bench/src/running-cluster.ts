import { ClusterUnderTest } from "./cluster-under-test.ts";
import type { NodeAddress } from "./resp-connection.ts";

/** `--target`: whatever answers at these addresses. It is left as it was found. */
export function openRunningCluster(options: {
  readonly seeds: readonly NodeAddress[];
  readonly password: string | undefined;
}): Promise<ClusterUnderTest> {
  return ClusterUnderTest.open({
    ...options,
    label: "target",
    isOurs: false,
    stop: () => Promise.resolve(),
  });
}
