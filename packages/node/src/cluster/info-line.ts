/** A line of INFO and CLUSTER INFO: `name:value`. */
export type InfoLine = readonly [name: string, value: string | number];
