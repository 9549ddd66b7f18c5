import { describe, expect, it } from "vitest";
import type { Case, CaseQueue } from "../src/api/types";
import { noticesOf, queuesToWatch } from "../src/state/notices";
import type { Outside } from "../src/state/stages";
import { aCase, at } from "./made";

const NOW = Date.parse(at(3600));
const kinds = (cases: readonly Case[], outside: Outside = "handle"): string[] =>
  noticesOf(cases, () => outside, NOW).map(({ kind, case: of }) => `${kind} ${of.number}`);
const queue = (name: string): CaseQueue => ({ queue: name, name, name_en: name, total: 1, overdue: 0, due_soon: 0, address: `queue=${name}` });
const CALM = { deadline_at: at(99_000) };

describe("the bell", () => {
  it("tells what is overdue, due soon, urged, returned and to be done again, the most pressing first", () => {
    const cases = [
      aCase("soon", { deadline_at: at(3700) }),
      aCase("again", { ...CALM, rework_count: 1 }),
      aCase("urged", { ...CALM, urged_at: at(10) }),
      aCase("late", { deadline_at: at(3000) }),
      aCase("later", { deadline_at: at(2000) }),
      aCase("calm", CALM),
    ];
    expect(kinds(cases)).toEqual(["overdue later", "overdue late", "urged urged", "rework again", "soon soon"]);
    expect(kinds([aCase("back", { ...CALM, return_count: 1 })], "dispatch")).toEqual(["returned back"]);
  });

  it("is silent about what was answered, dispatched anew, or has ended", () => {
    expect(kinds([aCase("answered", { ...CALM, urged_at: at(10), urge_answered_at: at(20) })])).toEqual([]);
    expect(kinds([aCase("again", { ...CALM, return_count: 1 })], "handle")).toEqual([]);
    expect(kinds([aCase("ended", { deadline_at: at(10), closed_at: at(20) })])).toEqual([]);
  });

  it("tells a case of two queues once, and anew after a second urging or a later deadline", () => {
    const first = aCase("A", { deadline_at: at(3000), urged_at: at(10) });
    const keys = (of: Case): string[] => noticesOf([of, of], () => "handle", NOW).map(({ key }) => key);
    expect(keys(first)).toHaveLength(2);
    const second = { ...first, deadline_at: at(3100), urged_at: at(30) };
    expect(keys(second).filter((key) => keys(first).includes(key))).toEqual([]);
  });

  it("watches what somebody has to do; for whoever only looks on, key and urged cases", () => {
    const names = (...of: string[]): string[] => queuesToWatch(of.map(queue)).map((one) => one.queue);
    expect(names("mine", "department", "handlers", "urged", "all")).toEqual(["mine", "department"]);
    expect(names("departments", "urged", "key", "suspended", "all")).toEqual(["urged", "key"]);
  });
});
