import type { Answer } from "./load-child.ts";

/** The other side of a `LoadChild`. The process ends when its parent is gone. */
export function answerQuestions<Question extends object, Result>(
  answer: (question: Question) => Promise<Result>,
): void {
  const reply = (message: Answer<Result>): void => {
    process.send?.(message);
  };
  process.on("message", (question) => {
    answer(question as Question).then(
      (result) => reply({ kind: "result", result }),
      (error: unknown) =>
        reply({ kind: "failure", reason: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on("disconnect", () => process.exit());
}
