/** One command as its arguments, or bytes as they are. */
export type Command =
  | {
      readonly argv: readonly string[];
      readonly parks?: boolean;
      /** Sent before it: what both servers need to start from the same place. */
      readonly first?: readonly (readonly string[])[];
    }
  | { readonly raw: string };

/** What one connection sends in one write. The next step waits until it is executed. */
export interface Step {
  readonly connection: number;
  readonly commands: readonly Command[];
}

/** A sequence starts on fresh connections and an empty keyspace; `protocols` has one entry per connection. */
export interface Sequence {
  readonly protocols: readonly (2 | 3)[];
  readonly steps: readonly Step[];
}

/** `<id:1>` in an argument stands for the client id of connection 1. */
const ID_PLACEHOLDER = /<id:(\d)>/g;

export function encodeCommand(command: Command, clientIds: readonly string[]): string {
  if ("raw" in command) return command.raw;
  const { argv, first = [] } = command;
  return [...first, argv].map((words) => encode(words, clientIds)).join("");
}

function encode(argv: readonly string[], clientIds: readonly string[]): string {
  const words = argv.map((argument) =>
    argument.replace(ID_PLACEHOLDER, (_, index: string) => clientIds[Number(index)] ?? "0"),
  );
  const bulks = words.map((argument) => `$${argument.length}\r\n${argument}\r\n`);
  return `*${words.length}\r\n${bulks.join("")}`;
}

/** For people: what to type to see it happen. */
export function showSequence({ protocols, steps }: Sequence): string {
  const lines = steps.map(({ connection, commands }, index) => {
    const shown = commands.map((command) =>
      "raw" in command
        ? `raw ${quote(command.raw)}`
        : [...(command.first ?? []), command.argv]
            .map((argv) => argv.map(quote).join(" "))
            .join(" ; "),
    );
    return `  ${index}. [${connection}] ${shown.join(" ; ")}`;
  });
  return [`connections: RESP${protocols.join(", RESP")}`, ...lines].join("\n");
}

function quote(text: string): string {
  if (/^[\w.*:<>~=+-]+$/.test(text)) return text;
  const shown = text.length > 80 ? `${text.slice(0, 80)}… (${text.length} chars)` : text;
  return JSON.stringify(shown);
}
