import { existsSync, globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { parseSourceFile, type SourceFile } from "./tidy/source-file.ts";

// House rules that matter are executable. Goal: the tree stays as docs/architecture.md draws it.
// Method: each rule looks at one file's syntax tree; each carries an example that it must refuse,
// so a rule that can no longer fail fails here.

/** Who may import whom. `node` is the only composition root; see also `LAZILY`. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  protocol: [],
  store: ["protocol"],
  gossip: ["protocol"],
  control: ["protocol"],
  router: ["protocol"],
  bench: ["protocol"],
  node: ["protocol", "store", "gossip", "control", "router"],
  testkit: ["protocol", "node", "gossip", "control", "router", "store"],
};
/** `slotcast bench` loads the bench when asked for; a broker must never pay for it. */
const LAZILY = {
  room: "node",
  from: /^packages\/node\/src\/(main\.ts|cli\/|cli\.ts)/,
  to: "bench",
};

/** Rooms without I/O, clocks or chance: these come in as arguments, so tests hold them in the hand. */
const PURE_ROOMS = ["protocol", "store", "control", "router"];
const IMPURE_USES = new Set([
  ...["process", "globalThis", "performance", "console", "fetch", "crypto"],
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask"],
  ...["Date.now", "Math.random", "new Date()"],
]);
/** Everything else of Node (fs, net, timers, os, crypto, …) does I/O or reads the machine. */
const PURE_MODULES = ["node:assert", "node:assert/strict", "node:buffer"];

/** Third-party packages at run time, and the rooms that wrap them (docs/decisions/0002-dependencies.md). */
const WRAPPED_IN: Record<string, readonly string[]> = {
  crc: ["protocol"],
  ioredis: ["testkit"],
  msgpackr: ["gossip"],
  pino: ["node"],
  redis: ["testkit"],
  "redis-parser": ["bench"],
};

const LINES_MAX = 400;
const TEST_LINES_MAX = 600;
/** Names that say nothing: whatever lands there has a better home. `frame-types.ts` does say something. */
const VAGUE_NAME = /^types$|\b(utils?|helpers?|managers?)\b/;

interface Rule {
  readonly holds: string;
  /** What is wrong with the file, one entry per finding. */
  readonly findings: (file: SourceFile) => string[];
  /** Files that the rule must refuse: path, text. */
  readonly refuses: readonly (readonly [path: string, text: string])[];
  /** Close calls that it must let pass. */
  readonly accepts?: readonly (readonly [path: string, text: string])[];
}

const RULES: readonly Rule[] = [
  {
    holds: "every file parses",
    findings: ({ path, syntaxErrors }) => syntaxErrors.map((message) => `${path} ${message}`),
    refuses: [["packages/store/src/a.ts", "export const = 1;"]],
  },
  {
    holds: "a room imports only the rooms below it",
    findings: ({ path, imports }) => {
      const room = roomOf(path);
      if (room === undefined) return [];
      return imports.flatMap(({ from, line, isDynamic }) => {
        const to = /^@slotcast\/([^/]+)/.exec(from)?.[1];
        if (to === undefined || MAY_IMPORT[room]?.includes(to)) return [];
        if (isDynamic && to === LAZILY.to && LAZILY.from.test(path)) return [];
        return [`${path}:${line} ${room} may not import ${to}`];
      });
    },
    refuses: [
      ["packages/protocol/src/slot.ts", 'import { a } from "@slotcast/store";'],
      ["packages/gossip/src/link.ts", 'export { a } from "@slotcast/router";'],
      ["packages/store/src/list.ts", 'type A = import("@slotcast/node").A;'],
      ["packages/node/src/main.ts", 'import { a } from "@slotcast/bench";'],
      ["packages/node/src/listener.ts", 'await import("@slotcast/bench");'],
      ["packages/unheard-of/src/a.ts", 'import { a } from "@slotcast/protocol";'],
    ],
    accepts: [
      ["packages/node/src/cli/run.ts", 'await import("@slotcast/bench");'],
      ["test/cluster/a.test.ts", 'import { a } from "@slotcast/testkit";'],
    ],
  },
  {
    holds: "a room is entered through its index.ts, never by a deep or relative path",
    findings: ({ path, imports }) =>
      imports.flatMap(({ from, line }) => {
        if (/^@slotcast\/[^/]+\//.test(from)) return [`${path}:${line} deep import ${from}`];
        if (!from.startsWith(".")) return [];
        const target = normalize(join(dirname(path), from));
        const home = roomOf(path) === undefined ? "test" : `packages/${roomOf(path)}`;
        return target.startsWith(`${home}/`) ? [] : [`${path}:${line} leaves ${home}: ${from}`];
      }),
    refuses: [
      ["packages/node/src/a.ts", 'import { a } from "@slotcast/store/src/list.ts";'],
      ["packages/node/src/a.ts", 'import { a } from "../../store/src/list.ts";'],
      ["test/cluster/a.test.ts", 'import { a } from "../../packages/node/src/main.ts";'],
    ],
    accepts: [
      ["packages/node/src/commands/get.ts", 'import { a } from "../dispatch.ts";'],
      ["packages/store/bench/list.ts", 'import { a } from "../src/list.ts";'],
    ],
  },
  {
    holds: `a file has at most ${LINES_MAX} lines, a test ${TEST_LINES_MAX}`,
    findings: ({ path, lineCount }) => {
      const linesMax = isTest(path) ? TEST_LINES_MAX : LINES_MAX;
      return lineCount > linesMax ? [`${path} has ${lineCount} lines of ${linesMax}`] : [];
    },
    refuses: [
      ["packages/node/src/a.ts", "\n".repeat(LINES_MAX + 1)],
      ["packages/node/src/a.test.ts", "\n".repeat(TEST_LINES_MAX + 1)],
    ],
    accepts: [
      ["packages/node/src/a.ts", "\n".repeat(LINES_MAX)],
      ["packages/node/src/a.test.ts", "\n".repeat(TEST_LINES_MAX)],
    ],
  },
  {
    holds: "protocol, store and router read no clock, no chance, no environment and do no I/O",
    findings: ({ path, imports, uses }) => {
      if (!PURE_ROOMS.includes(roomOf(path) ?? "") || !isProductCode(path)) return [];
      return [
        ...uses.filter(({ name }) => IMPURE_USES.has(name)),
        ...imports
          .filter(({ from }) => from.startsWith("node:") && !PURE_MODULES.includes(from))
          .map(({ from, line }) => ({ name: from, line })),
      ].map(({ name, line }) => `${path}:${line} ${name}`);
    },
    refuses: [
      ["packages/store/src/a.ts", "export const a = Date.now();"],
      ["packages/store/src/a.ts", "export const a = new Date();"],
      ["packages/store/src/a.ts", "export const pick = () => Math.random();"],
      ["packages/router/src/a.ts", "setTimeout(() => {}, 1);"],
      ["packages/router/src/a.ts", "export const later = [setImmediate];"],
      ["packages/protocol/src/a.ts", "export const { pid } = process;"],
      ["packages/protocol/src/a.ts", "export const at = performance.now();"],
      ["packages/protocol/src/a.ts", 'import { connect } from "node:net";'],
      ["packages/protocol/src/a.ts", 'import { readFileSync } from "node:fs";'],
    ],
    accepts: [
      ["packages/store/src/a.ts", "// not Date.now(): the clock is an argument\nBuffer.alloc(1);"],
      ["packages/store/src/a.ts", 'export const a = { process: "setTimeout" }.process;'],
      ["packages/store/src/a.test.ts", "export const a = Date.now();"],
      ["packages/node/src/a.ts", "export const a = Date.now();"],
    ],
  },
  {
    holds: "only a main.ts reads process.env, process.argv or signals",
    findings: ({ path, imports, uses, signals }) => {
      if (!isProductCode(path) || roomOf(path) === "testkit") return [];
      if (basename(path) === "main.ts") return [];
      return [
        ...uses.filter(({ name }) => name === "process.env" || name === "process.argv"),
        ...signals,
        ...imports
          .filter(({ from }) => from === "node:process" || from === "process")
          .map(({ from, line }) => ({ name: from, line })),
      ].map(({ name, line }) => `${path}:${line} ${name}`);
    },
    refuses: [
      ["packages/node/src/config.ts", 'export const a = process.env["A"];'],
      ["packages/bench/src/a.ts", "export const [, , a] = process.argv;"],
      ["packages/node/src/launcher.ts", 'process.once("SIGTERM", () => {});'],
      ["packages/gossip/src/a.ts", 'import { env } from "node:process";'],
    ],
    accepts: [
      ["packages/node/src/main.ts", 'process.once("SIGTERM", () => process.env);'],
      ["packages/node/src/info.ts", "export const { rss } = process.memoryUsage();"],
      ["packages/store/bench/list.ts", "export const [, , a] = process.argv;"],
      ["packages/testkit/src/a.ts", "export const a = { ...process.env };"],
    ],
  },
  {
    holds: "a third-party package is imported only by the rooms that wrap it",
    findings: ({ path, imports }) => {
      if (!isProductCode(path)) return [];
      return thirdParty(imports)
        .filter(({ name }) => !WRAPPED_IN[name]?.includes(roomOf(path) ?? ""))
        .map(({ name, line }) => `${path}:${line} ${name}`);
    },
    refuses: [
      ["packages/store/src/a.ts", 'import pino from "pino";'],
      ["packages/node/src/a.ts", 'import debounce from "@lodash/debounce";'],
    ],
    accepts: [
      ["packages/protocol/src/slot.ts", 'import crc from "crc/calculators/crc16xmodem";'],
      ["packages/store/src/a.test.ts", 'import { test } from "vitest";'],
    ],
  },
  {
    holds: "packages export names: no default export, no `export *`",
    findings: ({ path, forms }) =>
      roomOf(path) === undefined
        ? []
        : forms
            .filter(({ name }) => name === "default export" || name === "export *")
            .map(({ name, line }) => `${path}:${line} ${name}`),
    refuses: [
      ["packages/store/src/list.ts", "export default class {}"],
      ["packages/store/src/list.ts", "const a = 1; export { a as default };"],
      ["packages/store/src/index.ts", 'export * from "./list.ts";'],
    ],
  },
  {
    holds: "nothing needs more than type stripping: no enum, no namespace",
    findings: ({ path, forms }) =>
      forms
        .filter(({ name }) => name === "enum" || name === "namespace")
        .map(({ name, line }) => `${path}:${line} ${name}`),
    refuses: [
      ["packages/store/src/a.ts", "export enum A { b }"],
      ["test/a.test.ts", "namespace A { export const b = 1; }"],
    ],
    accepts: [["packages/store/src/a.ts", "declare global { interface Buffer { a: 1 } }"]],
  },
  {
    holds: "a cast says in a comment why it is right",
    findings: ({ path, unexplainedCasts }) =>
      isProductCode(path)
        ? unexplainedCasts.map(({ name, line }) => `${path}:${line} ${name}`)
        : [],
    refuses: [
      ["packages/store/src/a.ts", "export const a = b as string;"],
      ["packages/store/src/a.ts", "export const a = b!;"],
    ],
    accepts: [
      ["packages/store/src/a.ts", "export const a = b as string; // checked by the caller"],
      ["packages/store/src/a.ts", "export const a = [1, 2] as const;"],
    ],
  },
  {
    holds: "file names are kebab-case and say what is inside",
    findings: ({ path }) => {
      const name = basename(path);
      if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*\.ts$/.test(name)) return [`${path} kebab-case`];
      const vague = path.split(/[/.]/).filter((part) => VAGUE_NAME.test(part));
      return vague.map((part) => `${path} '${part}' says nothing`);
    },
    refuses: [
      ["packages/store/src/PendingEntries.ts", ""],
      ["packages/store/src/pending_entries.ts", ""],
      ["packages/store/src/types.ts", ""],
      ["packages/node/src/cluster-manager.ts", ""],
      ["packages/node/src/utils/parse.ts", ""],
    ],
    accepts: [["packages/gossip/src/frame-types.test.ts", ""]],
  },
  {
    holds: "every test runs: no .only, .skip or .todo; skipIf and skip(reason) say why",
    findings: ({ path, uses }) =>
      uses
        .filter(({ name }) => /^(test|it|describe|suite)\.(only|skip|todo)$/.test(name))
        .map(({ name, line }) => `${path}:${line} ${name}`),
    refuses: [
      ["packages/store/src/a.test.ts", 'test.only("a", () => {});'],
      ["packages/store/src/a.test.ts", 'describe.skip("a", () => {});'],
      ["test/cluster/a.test.ts", 'test.skip.each([1])("a", () => {});'],
    ],
    accepts: [["test/cluster/a.test.ts", 'test.skipIf(noDocker)("a", () => {});']],
  },
  {
    holds: "tests run the real code: no vi.mock",
    findings: ({ path, uses }) =>
      uses
        .filter(({ name }) => name === "vi.mock" || name === "vi.doMock")
        .map(({ name, line }) => `${path}:${line} ${name}`),
    refuses: [["packages/store/src/a.test.ts", 'vi.mock("./list.ts");']],
  },
  {
    holds: "a document cited in a comment exists",
    findings: ({ path, documentsCited }) =>
      documentsCited
        .filter(({ name }) => !existsSync(join(ROOT, name)))
        .map(({ name, line }) => `${path}:${line} ${name}`),
    refuses: [["packages/store/src/a.ts", "// see docs/decisions/9999-not-there.md"]],
  },
];

const NAMED_RULES = RULES.map((rule) => [rule.holds, rule] as const);
const ROOT = join(import.meta.dirname, "..");
const IN_REPOSITORY = { cwd: ROOT, exclude: ["**/node_modules/**"] };
const PACKAGES = readdirSync(join(ROOT, "packages"));
const SOURCES = globSync(["packages/*/{src,bench,perf}/**/*.ts", "test/**/*.ts"], IN_REPOSITORY)
  .toSorted()
  .map((path) => parseSourceFile(path, read(path)));
const DOCUMENTS = globSync(["README.md", "docs/**/*.md"], IN_REPOSITORY).toSorted();
const README = DOCUMENTS.includes("README.md") ? read("README.md") : "";

/** Read by people and named by the README; one that is missing is a promise not kept. */
const DOCUMENTS_PROMISED = [
  "docs/architecture.md",
  "docs/compatibility.md",
  "docs/divergence.md",
  "docs/bus.md",
];

describe("the sources", () => {
  test.each(NAMED_RULES)("%s", (_holds, { findings }) => {
    expect(SOURCES.flatMap(findings)).toEqual([]);
  });

  test("a third-party package is imported in one file of its room", () => {
    expect(wrappedTwice(SOURCES)).toEqual([]);
  });

  test("every command of a package is executable and starts with the shebang npx needs", () => {
    expect(PACKAGES.flatMap(brokenCommands)).toEqual([]);
  });
});

describe("a rule can fail", () => {
  test.each(NAMED_RULES)("its examples break it, its close calls do not: %s", (_holds, rule) => {
    const { findings, refuses, accepts = [] } = rule;
    for (const [path, text] of refuses) {
      expect(findings(parseSourceFile(path, text)), `${path}: ${text}`).not.toEqual([]);
    }
    for (const [path, text] of accepts) {
      expect(findings(parseSourceFile(path, text)), `${path}: ${text}`).toEqual([]);
    }
  });

  test("a third-party package imported twice is found", () => {
    const text = 'import type { Logger } from "pino";';
    const paths = ["packages/node/src/a.ts", "packages/node/src/b.ts"];
    expect(wrappedTwice(paths.map((path) => parseSourceFile(path, text)))).toHaveLength(1);
  });

  test("a link to a file that is not there is found", () => {
    const text = "[a](docs/nowhere.md) [b](../package.json#name) [c](https://a.example) [d](#e)";
    expect(deadLinks("docs/a.md", text)).toEqual(["docs/a.md -> docs/nowhere.md"]);
  });

  test("a package that the tour leaves out is found", () => {
    expect(untoured("| `packages/store` | |", ["node", "store"])).toEqual(["packages/node"]);
  });
});

describe("the documents", () => {
  test("the tour of the README names every package", () => {
    expect(untoured(README, PACKAGES)).toEqual([]);
  });

  test("the documents that were promised exist and the README names them", () => {
    expect(DOCUMENTS_PROMISED.filter((path) => !DOCUMENTS.includes(path))).toEqual([]);
    expect(DOCUMENTS_PROMISED.filter((path) => !README.includes(path))).toEqual([]);
  });

  test("every relative link leads to a file", () => {
    expect(DOCUMENTS.flatMap((path) => deadLinks(path, read(path)))).toEqual([]);
  });
});

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** `undefined` for files outside `packages/`. */
function roomOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}

/**
 * What runs in a broker or a tool: not tests and what only they import (`test-facts.ts`), not the benchmark scripts
 * beside a package's sources.
 */
function isProductCode(path: string): boolean {
  return /^packages\/[^/]+\/src\//.test(path) && !isTest(path) && !/\/test-[a-z-]+\.ts$/.test(path);
}

function thirdParty(imports: SourceFile["imports"]): { name: string; line: number }[] {
  return imports.flatMap(({ from, line }) => {
    const name = /^(@[^/]+\/)?[^/]+/.exec(from)?.[0] ?? from;
    return /^[.]|^node:|^@slotcast\//.test(from) ? [] : [{ name, line }];
  });
}

/** Types count too: a logger's type is re-exported by the file that wraps pino. */
function wrappedTwice(files: readonly SourceFile[]): string[] {
  const users = files
    .filter(({ path }) => isProductCode(path))
    .flatMap(({ path, imports }) =>
      [...new Set(thirdParty(imports).map(({ name }) => name))].map((name) => ({ name, path })),
    );
  const byUse = Object.groupBy(users, ({ name, path }) => `${roomOf(path)} imports ${name}`);
  return Object.entries(byUse)
    .filter(([, found = []]) => found.length > 1)
    .map(([use, found = []]) => `${use} in ${found.map(({ path }) => path).join(", ")}`);
}

function brokenCommands(name: string): string[] {
  const { bin = {} }: { bin?: Record<string, string> } = JSON.parse(
    read(`packages/${name}/package.json`),
  );
  return Object.values(bin)
    .map((file) => normalize(`packages/${name}/${file}`))
    .filter((path) => {
      if (!existsSync(join(ROOT, path))) return true;
      const isExecutable = (statSync(join(ROOT, path)).mode & 0o111) !== 0;
      return !isExecutable || !read(path).startsWith("#!/usr/bin/env node\n");
    });
}

function untoured(readme: string, packages: readonly string[]): string[] {
  return packages.map((name) => `packages/${name}`).filter((path) => !readme.includes(path));
}

function deadLinks(path: string, text: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target = ""]) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => !existsSync(join(ROOT, dirname(path), target)))
    .map((target) => `${path} -> ${target}`);
}
