import { describe, expect, it } from "vitest";
import { pauseMs } from "../src/api/feed";
import { line, roundUp } from "../src/parts/chart";

describe("coming back to the feed", () => {
  it("waits longer each time, within bounds", () => {
    const pauses = [0, 1, 2, 3, 20].map((attempt) => pauseMs(attempt, () => 1));
    expect(pauses).toEqual([500, 1000, 2000, 4000, 15_000]);
  });

  it("spreads browsers out", () => {
    expect(pauseMs(3, () => 0)).toBe(2000);
  });
});

describe("a chart", () => {
  it("has a round top", () => {
    expect([0.03, 1, 1.2, 7, 130].map(roundUp)).toEqual([0.05, 1, 2, 10, 200]);
  });

  it("leaves a gap where nothing is known", () => {
    expect(line([1, null, 2], 2).match(/M/g)).toHaveLength(2);
  });
});
