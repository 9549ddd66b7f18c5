import { describe, expect, it } from "vitest";
import { isChosen, mergeCases } from "../src/state/case-list";
import { spent, urgency } from "../src/state/deadline";
import { EVERY_OPEN_CASE } from "../src/routes";
import { aCase, at } from "./made";

const ms = (seconds: number): number => Date.parse(at(seconds));

describe("a list of cases", () => {
  it("shows new ones first, by themselves", () => {
    const fetched = [aCase("A", { opened_at: at(10) })];
    const live = [aCase("B", { opened_at: at(20) })];
    expect(mergeCases(fetched, live, EVERY_OPEN_CASE, true).map((found) => found.number)).toEqual(["B", "A"]);
  });

  it("lays the newer state over the older, whichever side has it", () => {
    const fetched = [aCase("A", { sequence: 3, stage: "handled" }), aCase("B", { sequence: 1 })];
    const live = [aCase("A", { sequence: 2, stage: "dispatched" }), aCase("B", { sequence: 2, stage: "dispatched" })];
    const merged = new Map(mergeCases(fetched, live, EVERY_OPEN_CASE, true).map((found) => [found.number, found.stage]));
    expect(merged.get("A")).toBe("handled");
    expect(merged.get("B")).toBe("dispatched");
  });

  it("drops what no longer fits", () => {
    const fetched = [aCase("A")];
    const live = [aCase("A", { sequence: 5, stage: "closed", closed_at: at(50) })];
    expect(mergeCases(fetched, live, EVERY_OPEN_CASE, true)).toEqual([]);
    expect(mergeCases(fetched, live, { scope: "ended", stage: null, type: null }, true)).toHaveLength(1);
  });

  it("leaves no hole between its last page and older live cases", () => {
    const fetched = [aCase("B", { opened_at: at(20) })];
    const live = [aCase("A", { opened_at: at(10) })];
    expect(mergeCases(fetched, live, EVERY_OPEN_CASE, false).map((found) => found.number)).toEqual(["B"]);
    expect(mergeCases(fetched, live, EVERY_OPEN_CASE, true)).toHaveLength(2);
  });

  it("chooses by stage and type", () => {
    expect(isChosen(aCase("A"), { scope: "all", stage: "opened", type: "stall" })).toBe(true);
    expect(isChosen(aCase("A"), { scope: "all", stage: "handled", type: null })).toBe(false);
    expect(isChosen(aCase("A"), { scope: "all", stage: null, type: "goods" })).toBe(false);
  });
});

describe("a deadline", () => {
  it("is calm, then soon, then overdue", () => {
    expect(urgency(aCase("A"), ms(60))).toBe("calm");
    expect(urgency(aCase("A"), ms(5401))).toBe("soon");
    expect(urgency(aCase("A"), ms(7201))).toBe("overdue");
  });

  it("stays overdue when the place was put right late, and is over with the case", () => {
    const restored = aCase("A", { restored_at: at(100) });
    expect(urgency(restored, ms(200))).toBe("restored");
    expect(urgency(restored, ms(9000))).toBe("overdue");
    expect(urgency(aCase("A", { closed_at: at(100) }), ms(9000))).toBe("ended");
  });

  it("is spent evenly, and stops with the case", () => {
    expect(spent(aCase("A"), ms(3600))).toBeCloseTo(0.5);
    expect(spent(aCase("A"), ms(99_999))).toBe(1);
    expect(spent(aCase("A", { closed_at: at(1800) }), ms(99_999))).toBeCloseTo(0.25);
  });
});
