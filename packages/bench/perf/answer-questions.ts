import type { Answer, Exchange } from "./load-child.ts";

/** The other side of a `LoadChild`. The process ends when its parent is gone. */
export function answerQuestions<Kind extends Exchange>(
  answer: (question: Kind["question"]) => Promise<Kind["result"]>,
): void {
  const reply = (message: Answer<Kind["result"]>): void => {
    process.send?.(message);
  };
  process.on("message", (question) => {
    answer(question as Kind["question"]).then(
      (result) => reply({ kind: "result", result }),
      (error: unknown) =>
        reply({ kind: "failure", reason: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on("disconnect", () => process.exit());
}
