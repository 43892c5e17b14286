/** A reply taken apart, so that parts of it can be put in order or left out, and written again byte for byte. */
export interface ReplyTree {
  /** `$3\r\nabc\r\n` of a bulk string, `*2\r\n` of an array. */
  readonly head: string;
  /** `undefined`: no aggregate, or the null one. */
  readonly parts: readonly ReplyTree[] | undefined;
}

const AGGREGATES = "*~%>|";
const BULKS = "$=";

/** The frame must be whole. */
export function parseTree(frame: string): ReplyTree {
  return parseAt(frame, 0).tree;
}

export function showTree({ head, parts }: ReplyTree): string {
  return parts === undefined ? head : head + parts.map(showTree).join("");
}

/** The same with every part replaced, from the leaves up. */
export function mapTree(tree: ReplyTree, change: (part: ReplyTree) => ReplyTree): ReplyTree {
  const { head, parts } = tree;
  return change(
    parts === undefined ? tree : { head, parts: parts.map((part) => mapTree(part, change)) },
  );
}

/** The text of a bulk or simple string; `undefined` of anything else. */
export function textOf({ head }: ReplyTree): string | undefined {
  if (head.startsWith("+")) return head.slice(1, -2);
  if (!head.startsWith("$") || head.startsWith("$-1")) return undefined;
  return head.slice(head.indexOf("\r\n") + 2, -2);
}

export function isInteger({ head }: ReplyTree): boolean {
  return head.startsWith(":");
}

/** An aggregate of the same kind with other parts. */
export function withParts({ head }: ReplyTree, parts: readonly ReplyTree[]): ReplyTree {
  const kind = head.charAt(0);
  const count = kind === "%" ? parts.length / 2 : parts.length;
  return { head: `${kind}${count}\r\n`, parts };
}

function parseAt(text: string, at: number): { readonly tree: ReplyTree; readonly end: number } {
  const lineEnd = text.indexOf("\r\n", at) + 2;
  const kind = text.charAt(at);
  const length = Number(text.slice(at + 1, lineEnd - 2));
  if (BULKS.includes(kind) && length >= 0) {
    const end = lineEnd + length + 2;
    return { tree: { head: text.slice(at, end), parts: undefined }, end };
  }
  if (!AGGREGATES.includes(kind) || length < 0) {
    return { tree: { head: text.slice(at, lineEnd), parts: undefined }, end: lineEnd };
  }
  const parts: ReplyTree[] = [];
  let end = lineEnd;
  for (let index = 0; index < (kind === "%" ? 2 * length : length); index += 1) {
    const part = parseAt(text, end);
    parts.push(part.tree);
    end = part.end;
  }
  return { tree: { head: text.slice(at, lineEnd), parts }, end };
}
