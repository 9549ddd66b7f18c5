import { describe, expect, it } from "vitest";
import { drawnTo, MAX_POINTS, pointAt, pointsIn, type Stroke } from "../src/state/pen";

describe("the signature pad", () => {
  it("keeps points as shares of the pad, whatever its size", () => {
    expect(pointAt(30, 60, 300, 120)).toEqual([0.1, 0.5]);
    expect(pointAt(-5, 500, 300, 120)).toEqual([0, 1]);
  });

  it("leaves out movements that say nothing", () => {
    const begun: Stroke[] = [[[0.1, 0.1]]];
    expect(drawnTo(begun, [0.101, 0.1])).toBe(begun);
    expect(drawnTo(begun, [0.2, 0.1])).toEqual([[[0.1, 0.1], [0.2, 0.1]]]);
    expect(drawnTo([], [0.2, 0.1])).toEqual([]);
  });

  it("takes no more points than the center does", () => {
    let strokes: readonly Stroke[] = [[[0, 0]]];
    for (let i = 1; i < MAX_POINTS * 2; i++) strokes = drawnTo(strokes, [i % 2, 0.5]);
    expect(pointsIn(strokes)).toBe(MAX_POINTS);
  });
});
