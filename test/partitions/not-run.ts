/** Behind the name of a story: empty, or why this machine cannot run it. Then it is no story that passed. */
export function notRun(why: string | undefined): string {
  return why === undefined ? "" : `: NOT RUN: ${why}`;
}
