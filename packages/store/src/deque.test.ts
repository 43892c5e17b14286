import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Deque } from "./deque.ts";

const operation = fc.oneof(
  fc.record({ do: fc.constant("pushBack"), value: fc.nat() }),
  fc.record({ do: fc.constant("pushFront"), value: fc.nat() }),
  fc.record({ do: fc.constantFrom("popFront", "popBack") }),
  fc.record({ do: fc.constantFrom("removeAt", "insertAt", "replaceAt"), value: fc.nat() }),
);

test("a deque does what an array does, whatever the order of operations", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200, size: "max" }), (operations) => {
      const deque = new Deque<number>();
      const model: number[] = [];
      for (const step of operations) {
        const value = "value" in step ? step.value : 0;
        if (step.do === "pushBack") {
          deque.pushBack(value);
          model.push(value);
        } else if (step.do === "pushFront") {
          deque.pushFront(value);
          model.unshift(value);
        } else if (step.do === "popFront") {
          expect(deque.popFront()).toBe(model.shift());
        } else if (step.do === "popBack") {
          expect(deque.popBack()).toBe(model.pop());
        } else if (step.do === "insertAt") {
          const index = value % (model.length + 1);
          deque.insertAt(index, value);
          model.splice(index, 0, value);
        } else if (model.length === 0) {
          continue;
        } else if (step.do === "replaceAt") {
          deque.replaceAt(value % model.length, value);
          model[value % model.length] = value;
        } else {
          deque.removeAt(value % model.length);
          model.splice(value % model.length, 1);
        }
        expect(Array.from({ length: deque.length }, (_, index) => deque.at(index))).toEqual(model);
      }
      expect(deque.at(-1)).toBeUndefined();
      expect(deque.at(model.length)).toBeUndefined();
    }),
  );
});
