import { EMPTY } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { refusalFor } from "./admission.ts";
import { loadConfig } from "./config/load-config.ts";

const configOf = (...argv: string[]) =>
  loadConfig({ argv, env: {}, cwd: "/", readStdin: () => EMPTY });

test("a node with maxclients connections refuses the next", () => {
  const config = configOf("--maxclients", "2");
  expect(refusalFor({ remoteAddress: "127.0.0.1", clientCount: 1 }, config)).toBe(undefined);
  expect(refusalFor({ remoteAddress: "127.0.0.1", clientCount: 2 }, config)).toBe(
    "-ERR max number of clients reached\r\n",
  );
  expect(
    refusalFor(
      { remoteAddress: "127.0.0.1", clientCount: 2 },
      configOf("--maxclients", "2", "--cluster-enabled", "yes"),
    ),
  ).toBe("-ERR max number of clients + cluster connections reached\r\n");
});

test.each(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])(
  "protected mode lets %s in",
  (remoteAddress) => {
    expect(refusalFor({ remoteAddress, clientCount: 0 }, configOf())).toBe(undefined);
  },
);

test.each(["10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "::ffff:1270:1", undefined])(
  "protected mode refuses %s, unless it is off or there is a password",
  (remoteAddress) => {
    const refusal = refusalFor({ remoteAddress, clientCount: 0 }, configOf());
    expect(refusal).toMatch(
      /^-DENIED Redis is running in protected mode because .* outside\.\r\n$/,
    );
    expect(refusalFor({ remoteAddress, clientCount: 0 }, configOf("--protected-mode", "no"))).toBe(
      undefined,
    );
    expect(refusalFor({ remoteAddress, clientCount: 0 }, configOf("--requirepass", "x"))).toBe(
      undefined,
    );
  },
);
