import fc from "fast-check";
import { expect, test } from "vitest";
import { NumberMap } from "./number-map.ts";

const step = fc.record({ adds: fc.boolean(), pick: fc.nat(), skip: fc.integer({ min: 1, max: 200 }) });

test("it holds what a Map would, whatever comes and goes", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const map = new NumberMap<string>();
      const model = new Map<number, string>();
      let key = 0;
      for (const { adds, pick, skip } of steps) {
        if (adds || model.size === 0) {
          key += skip;
          map.add(key, `value ${key}`);
          model.set(key, `value ${key}`);
        } else {
          const taken = [...model.keys()][pick % model.size] ?? 0;
          expect(map.take(taken)).toBe(model.get(taken));
          expect(map.take(taken)).toBeUndefined();
          model.delete(taken);
        }
        expect(map.size).toBe(model.size);
      }
      expect(map.values().sort()).toEqual([...model.values()].sort());
      for (const [known, value] of model) expect(map.take(known)).toBe(value);
    }),
  );
});

test("cleared, it is empty", () => {
  const map = new NumberMap<number>();
  for (let key = 1; key <= 500; key++) map.add(key, key);
  map.clear();
  expect([map.size, map.values(), map.take(7)]).toEqual([0, [], undefined]);
});
