/** `name:value` lines of INFO and CLUSTER INFO. */
export type InfoFields = ReadonlyMap<string, string>;

export function parseInfoFields(text: string): InfoFields {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0 && !line.startsWith("#")) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}
