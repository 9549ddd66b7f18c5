import { describe, expect, it } from "vitest";
import { headingAt, onward, standing, turn } from "../src/state/motion";

describe("motion", () => {
  it("turns the shorter way", () => {
    expect(turn(350, 10)).toBe(20);
    expect(turn(10, 350)).toBe(-20);
    expect(Math.abs(turn(0, 180))).toBe(180);
    const motion = onward(standing({ x: 0.5, y: 0.5 }, 350), { x: 0.5, y: 0.5 }, 10, 2, 0);
    expect(headingAt(motion, 1)).toBeCloseTo(360, 9);
  });

  it("keeps the heading when a fix has none", () => {
    const motion = onward(standing({ x: 0.5, y: 0.5 }, 90), { x: 0.500001, y: 0.5 }, null, 2, 0);
    expect(headingAt(motion, 9)).toBe(90);
  });

  it("jumps where a glide would be a lie", () => {
    const motion = onward(standing({ x: 0.5, y: 0.5 }, 0), { x: 0.51, y: 0.5 }, 0, 2, 0);
    expect(motion.from).toEqual(motion.to);
  });

  it("goes on from where it is seen, not from the last fix", () => {
    const first = onward(standing({ x: 0.5, y: 0.5 }, 0), { x: 0.500002, y: 0.5 }, 0, 2, 0);
    const second = onward(first, { x: 0.500004, y: 0.5 }, 0, 2, 1);
    expect(second.from.x).toBeCloseTo(0.500001, 12);
  });
});
