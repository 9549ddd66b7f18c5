import { describe, expect, it } from "vitest";
import type { Visit } from "../src/api/types";
import { flaw, keyOf, ofKinds, periodOf, typed } from "../src/state/visits";

const HOUR_MS = 3_600_000;
const visit = (kind: Visit["kind"], id: string, first_at: string): Visit => ({ kind, id, first_at, last_at: first_at, fixes: 1, nearest_m: 3 });

describe("a span of time", () => {
  it("is the last hours, reckoned from now, or stands still", () => {
    const last = periodOf({ lastH: 24 }, 1e12);
    expect([last.begin.getTime(), last.end.getTime()]).toEqual([1e12 - 24 * HOUR_MS, 1e12]);
    const fixed = periodOf({ beginMs: 5, endMs: 7 }, 1e12);
    expect([fixed.begin.getTime(), fixed.end.getTime()]).toEqual([5, 7]);
  });

  it.each([
    [{ beginMs: 0, endMs: 31 * 24 * HOUR_MS }, null],
    [{ beginMs: 0, endMs: 31 * 24 * HOUR_MS + 1 }, "too_long"],
    [{ beginMs: 5, endMs: 5 }, "backwards"],
    [{ lastH: 1 }, null],
    [{ lastH: 10_000 }, "too_long"],
  ] as const)("can be asked for, or says why not: %j", (window, wrong) => {
    expect(flaw(window)).toBe(wrong);
  });

  it("is typed as it is read where the browser is", () => {
    const text = typed(Date.UTC(2026, 10, 24, 8, 5, 33));
    expect(text).toMatch(/^2026-11-2[345]T\d\d:\d\d$/);
    expect(Date.parse(text)).toBe(Date.UTC(2026, 10, 24, 8, 5));
  });
});

describe("visits", () => {
  const found = [visit("vehicle", "v1", "2026-11-24T08:00:00Z"), visit("device", "d1", "2026-11-24T08:01:00Z"), visit("vehicle", "v1", "2026-11-24T09:00:00Z")];

  it("are counted by kind in all, and shown of the kinds that are wanted", () => {
    const { shown, counts } = ofKinds(found, new Set(["device"] as const));
    expect(shown.map(keyOf)).toEqual([keyOf(found[0] as Visit), keyOf(found[2] as Visit)]);
    expect([...counts]).toEqual([["vehicle", 2], ["device", 1]]);
  });

  it("are told apart though the same one came twice", () => {
    expect(new Set(found.map(keyOf)).size).toBe(3);
  });
});
