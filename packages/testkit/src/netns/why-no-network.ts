import { Network } from "./network.ts";

/** Why no Network can be made on this machine; undefined: it can. Tries it, cut included. */
export async function whyNoNetwork(): Promise<string | undefined> {
  try {
    await using network = await Network.create({ hosts: 2 });
    await network.cut([network.host(0)], [network.host(1)]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
