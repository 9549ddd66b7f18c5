import { describe, expect, it } from "vitest";
import { centerQuery, type CaseChoice, EVERY_OPEN_CASE, filterCount, withScope } from "../src/state/case-choice";
import { isChosen, mergeCases, missesEnd, neighbour, withoutBeyond } from "../src/state/case-list";
import { lateOf, spent, urgency } from "../src/state/deadline";
import type { Case } from "../src/api/types";
import { aCase, at } from "./made";

const ms = (seconds: number): number => Date.parse(at(seconds));
const NOW = ms(3600);
const numbers = (cases: readonly Case[]): string[] => cases.map((found) => found.number);
const choose = (change: Partial<CaseChoice>): CaseChoice => ({ ...EVERY_OPEN_CASE, ...change });

describe("a list of cases", () => {
  it("shows late ones first, the latest at the top", () => {
    const live = [
      aCase("in-time", { deadline_at: at(9000) }),
      aCase("late", { deadline_at: at(3000) }),
      aCase("very-late", { deadline_at: at(10) }),
      aCase("soon", { deadline_at: at(3700) }),
    ];
    expect(numbers(mergeCases([], live, EVERY_OPEN_CASE, NOW))).toEqual(["very-late", "late", "soon", "in-time"]);
  });

  it("shows new ones first when it is asked to, and what changed last", () => {
    const live = [aCase("A", { reported_at: at(10), changed_at: at(99) }), aCase("B", { reported_at: at(20), changed_at: at(30) })];
    expect(numbers(mergeCases([], live, choose({ sort: "-opened" }), NOW))).toEqual(["B", "A"]);
    expect(numbers(mergeCases([], live, choose({ sort: "-changed" }), NOW))).toEqual(["A", "B"]);
  });

  it("lays the newer state over the older, whichever side has it", () => {
    const fetched = [aCase("A", { sequence: 3, stage: "handled" }), aCase("B", { sequence: 1 })];
    const live = [aCase("A", { sequence: 2, stage: "dispatched" }), aCase("B", { sequence: 2, stage: "dispatched" })];
    const merged = new Map(mergeCases(fetched, live, EVERY_OPEN_CASE, NOW).map((found) => [found.number, found.stage]));
    expect(merged.get("A")).toBe("handled");
    expect(merged.get("B")).toBe("dispatched");
  });

  it("drops what no longer fits", () => {
    const fetched = [aCase("A")];
    const live = [aCase("A", { sequence: 5, stage: "closed", closed_at: at(50) })];
    expect(mergeCases(fetched, live, EVERY_OPEN_CASE, NOW)).toEqual([]);
    expect(mergeCases(fetched, live, choose({ scope: "ended" }), NOW)).toHaveLength(1);
  });

  it("leaves no hole between its last page and cases beyond it", () => {
    const fetched = [aCase("C", { reported_at: at(30) }), aCase("B", { reported_at: at(20) })];
    const cases = [...fetched, aCase("A", { reported_at: at(10) })];
    expect(numbers(withoutBeyond(cases, fetched, "-opened"))).toEqual(["C", "B"]);
    expect(numbers(withoutBeyond(cases, [], "-opened"))).toEqual(["C", "B", "A"]);
  });

  it("notices that a case ended which nobody told it of", () => {
    const open = new Map([["A", aCase("A")]]);
    expect(missesEnd([aCase("A"), aCase("B")], open, [])).toBe(true);
    expect(missesEnd([aCase("A"), aCase("B")], open, [aCase("B", { closed_at: at(9) })])).toBe(false);
  });

  it("is walked from row to row, and stays at its ends", () => {
    const cases = ["A", "B", "C"].map((name) => aCase(name));
    expect([neighbour(cases, null, 1), neighbour(cases, "A", 1), neighbour(cases, "C", 1), neighbour(cases, "A", -1), neighbour(cases, "gone", -1), neighbour([], null, 1)]).toEqual([
      "A", "B", "C", "A", "A", null,
    ]);
  });
});

describe("a choice of cases", () => {
  const it_ = aCase("SW202611240007", { deadline_at: at(3000), department: "环卫所", department_en: "Sanitation", assignee: "li", grid_cell: "350582001002001" });
  const yes = (change: Partial<CaseChoice>): boolean => isChosen(it_, choose(change), NOW);

  it.each<[Partial<CaseChoice>, Partial<CaseChoice>]>([
    [{ stage: "opened" }, { stage: "handled" }],
    [{ type: "stall" }, { type: "goods" }],
    [{ code: "0501" }, { code: "0502" }],
    [{ code: "05" }, { code: "01" }],
    [{ holder: "dispatchers" }, { holder: "acceptors" }],
    [{ assignee: "li" }, { assignee: "wang" }],
    [{ source: "camera" }, { source: "hotline" }],
    [{ department: "环卫所" }, { department: "园林所" }],
    [{ district: "350582" }, { district: "350583" }],
    [{ grid: "350582001002001" }, { grid: "350582001002002" }],
    [{ words: "hetang VENDOR" }, { words: "hetang cover" }],
    [{ words: "240007" }, { words: "240008" }],
    [{ openedFrom: "2026-11-24", openedTo: "2026-11-24" }, { openedFrom: "2026-11-26" }],
    [{ openedTo: "2026-11-25" }, { openedTo: "2026-11-22" }],
    [{ overdue: true }, { dueWithinS: 3600 }],
    [{ scope: "all" }, { scope: "ended" }],
  ])("takes %j and not %j", (taken, refused) => {
    expect(yes(taken)).toBe(true);
    expect(yes(refused)).toBe(false);
  });

  it("calls nothing due within an hour that is late already, or due later", () => {
    const due = [aCase("late", { deadline_at: at(3599) }), aCase("now", { deadline_at: at(3600) }), aCase("soon", { deadline_at: at(7200) }), aCase("later", { deadline_at: at(7201) })];
    expect(numbers(due.filter((found) => isChosen(found, choose({ dueWithinS: 3600 }), NOW)))).toEqual(["now", "soon"]);
    expect(numbers(due.filter((found) => isChosen(found, choose({ overdue: true }), NOW)))).toEqual(["late"]);
  });

  it("calls no ended case overdue", () => {
    expect(isChosen(aCase("A", { deadline_at: at(1), closed_at: at(2) }), choose({ scope: "all", overdue: true }), NOW)).toBe(false);
  });

  it("is the center's query: days in the browser's zone, words of two characters at least", () => {
    const query = centerQuery(choose({ scope: "ended", words: "a 荷塘 x stall", queue: "mine", code: "05", dueWithinS: 60, openedFrom: "2026-11-24", openedTo: "2026-11-24" }));
    expect(query.get("opened_from")).toBe(new Date("2026-11-24T00:00").toISOString());
    expect(query.get("opened_to")).toBe(new Date("2026-11-25T00:00").toISOString());
    query.delete("opened_from");
    query.delete("opened_to");
    expect(decodeURIComponent(query.toString())).toBe("open=false&queue=mine&code=05&words=荷塘+stall&due_within_s=60&sort=deadline");
  });

  it("counts what narrows it, and changes its usual order with its scope", () => {
    const narrow = choose({ words: "a", overdue: true, stage: "opened", openedFrom: "2026-11-24" });
    expect(filterCount(EVERY_OPEN_CASE)).toBe(0);
    expect(filterCount(narrow)).toBe(4);
    expect(withScope(narrow, "ended")).toMatchObject({ scope: "ended", sort: "-opened", overdue: false, stage: null, words: "a" });
    expect(withScope(choose({ sort: "-changed" }), "all").sort).toBe("-changed");
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

  it("is none while no clock runs", () => {
    const waiting = aCase("A", { deadline_at: null });
    expect([urgency(waiting, ms(99_999)), spent(waiting, ms(99_999)), lateOf(waiting)]).toEqual(["calm", 0, null]);
    expect(numbers(mergeCases([], [waiting, aCase("B", { deadline_at: at(99_999) })], EVERY_OPEN_CASE, NOW))).toEqual(["B", "A"]);
  });

  it("of an ended case is that of its handling, met by the reply", () => {
    expect(lateOf(aCase("A", { handling_deadline_at: at(100), handled_at: at(90), closed_at: at(500), deadline_at: null }))).toBe(-10);
    expect(lateOf(aCase("A", { handling_deadline_at: at(100), handled_at: at(130), closed_at: at(500), deadline_at: null }))).toBe(30);
  });

  it("is spent evenly from when its clock began, and stops with the case", () => {
    expect(spent(aCase("A"), ms(3600))).toBeCloseTo(0.5);
    expect(spent(aCase("A"), ms(99_999))).toBe(1);
    expect(spent(aCase("A", { closed_at: at(1800) }), ms(99_999))).toBeCloseTo(0.25);
    expect(spent(aCase("A", { dispatched_at: at(3600) }), ms(5400))).toBeCloseTo(0.5);
  });
});
