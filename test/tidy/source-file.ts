import { type ESTree, parseSync, Visitor } from "vite";

/** One place in a file that a rule may object to. */
interface Mention {
  readonly name: string;
  /** Counted from 1. */
  readonly line: number;
}

interface Import {
  readonly from: string;
  readonly line: number;
  /** `import()`: loaded when needed, so not part of what the room always pulls in. */
  readonly isDynamic: boolean;
  /** Names taken from the module, under their exported names. */
  readonly names: readonly string[];
}

/** What the tidy rules look at: facts taken from the syntax tree, so that comments and strings never count. */
export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly lineCount: number;
  /** When there is one, the facts below are incomplete. */
  readonly syntaxErrors: readonly string[];
  readonly imports: readonly Import[];
  /** Names used as values: `setTimeout`, and for members also `Date.now`, `process.env`. */
  readonly uses: readonly Mention[];
  /** Signals listened to through `process.on` and its like. */
  readonly signals: readonly Mention[];
  /** `default export`, `export *`, `enum`, `namespace`. */
  readonly forms: readonly Mention[];
  /** `x as T` (not `as const`) and `x!`, with no comment on their lines or on the one above. */
  readonly unexplainedCasts: readonly Mention[];
  /** Paths like `docs/bus.md` in comments. */
  readonly documentsCited: readonly Mention[];
}

export function parseSourceFile(path: string, text: string): SourceFile {
  const { program, comments, errors } = parseSync(path, text, { lang: "ts" });
  const lineOf = lineCounter(text);
  const lineCount = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  const commentLines = new Set(
    comments.flatMap(({ start, end }) => range(lineOf(start), lineOf(end))),
  );
  const documentsCited = comments.flatMap(({ value, start }) =>
    [...value.matchAll(/docs\/[\w./-]+\.md/g)].map(([name]) => ({ name, line: lineOf(start) })),
  );
  return {
    path,
    lineCount,
    syntaxErrors: errors.map(({ message }) => message),
    documentsCited,
    ...collect(program, { lineOf, isCommented: (line) => commentLines.has(line) }),
  };
}

interface Lines {
  readonly lineOf: (offset: number) => number;
  readonly isCommented: (line: number) => boolean;
}

function collect(program: ESTree.Program, { lineOf, isCommented }: Lines) {
  const imports: Import[] = [];
  const uses: Mention[] = [];
  const signals: Mention[] = [];
  const forms: Mention[] = [];
  const unexplainedCasts: Mention[] = [];
  /** Identifiers that name a member or a key: `clock.performance` does not use the global. */
  const labels = new Set<ESTree.Node>();

  const mention = (list: Mention[], name: string, { start }: ESTree.Span): void => {
    list.push({ name, line: lineOf(start) });
  };
  const imported = (source: ESTree.StringLiteral, names: readonly string[] = []): void => {
    imports.push({ from: source.value, line: lineOf(source.start), isDynamic: false, names });
  };
  const label = (node: { readonly computed: boolean; readonly key: ESTree.Node }): void => {
    if (!node.computed) labels.add(node.key);
  };
  const cast = (name: string, { start, end }: ESTree.Span): void => {
    const lines = range(lineOf(start) - 1, lineOf(end));
    if (!lines.some(isCommented)) mention(unexplainedCasts, name, { start, end });
  };

  // The visitor meets a node before its children: labels are known when their identifiers come.
  new Visitor({
    ImportDeclaration: (node) => imported(node.source, node.specifiers.map(importedName)),
    ExportNamedDeclaration(node) {
      if (node.source !== null) imported(node.source);
      for (const { exported } of node.specifiers) {
        if (nameOf(exported) === "default") mention(forms, "default export", node);
      }
    },
    ExportAllDeclaration(node) {
      imported(node.source);
      mention(forms, "export *", node);
    },
    ExportDefaultDeclaration: (node) => mention(forms, "default export", node),
    ImportExpression({ source, start }) {
      const from = source.type === "Literal" ? String(source.value) : "(computed)";
      imports.push({ from, line: lineOf(start), isDynamic: true, names: [] });
    },
    TSImportType: (node) => imported(node.source),
    TSEnumDeclaration: (node) => mention(forms, "enum", node),
    TSModuleDeclaration(node) {
      if (!node.declare) mention(forms, "namespace", node); // `declare global` only adds types
    },
    MemberExpression(node) {
      if (node.computed) return;
      labels.add(node.property);
      if (node.object.type === "Identifier") {
        mention(uses, `${node.object.name}.${node.property.name}`, node);
      }
    },
    CallExpression({ callee, arguments: [first], start }) {
      if (callee.type !== "MemberExpression" || callee.object.type !== "Identifier") return;
      if (callee.object.name !== "process" || first?.type !== "Literal") return;
      const name = String(first.value);
      if (/^SIG[A-Z]/.test(name)) signals.push({ name, line: lineOf(start) });
    },
    NewExpression(node) {
      if (node.callee.type === "Identifier" && node.arguments.length === 0) {
        mention(uses, `new ${node.callee.name}()`, node);
      }
    },
    Property: label,
    MethodDefinition: label,
    PropertyDefinition: label,
    TSPropertySignature: label,
    TSMethodSignature: label,
    Identifier(node) {
      if (!labels.has(node)) mention(uses, node.name, node);
    },
    TSAsExpression(node) {
      const { typeAnnotation: type } = node;
      const isConst = type.type === "TSTypeReference" && nameOf(type.typeName) === "const";
      if (!isConst) cast("as", node);
    },
    TSNonNullExpression: (node) => cast("!", node),
  }).visit(program);
  return { imports, uses, signals, forms, unexplainedCasts };
}

function importedName(specifier: ESTree.ImportDeclarationSpecifier): string {
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  return specifier.type === "ImportNamespaceSpecifier" ? "*" : nameOf(specifier.imported);
}

function nameOf(node: ESTree.ModuleExportName | ESTree.TSTypeName): string {
  if (node.type === "Identifier") return node.name;
  return node.type === "Literal" ? node.value : "";
}

/** Line of an offset, by halving: a file is asked a few hundred times. */
function lineCounter(text: string): (offset: number) => number {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? Infinity) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
