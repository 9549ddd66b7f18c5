import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CaseDetail, CaseEvent, WorkflowDescription } from "../src/api/types";
import { actionWords, actorWords, factsOf, noteWords } from "../src/parts/event-words";
import { language } from "../src/state/preferences";
import { outsideOf, progressOf, stageWords, workflows } from "../src/state/workflows";
import { aCase, at } from "./made";

const OWN: WorkflowDescription = {
  workflow: "harbour", version: 2, name: "港区", name_en: "Harbour",
  stages: [
    { stage: "afloat", name: "待打捞", name_en: "Waiting for the boat", outside: "handle", holder: "department", ended_as: null },
    { stage: "opened", name: "待指派", name_en: "To be given out", outside: "dispatch", holder: "dispatchers", ended_as: null },
  ],
  actions: [], clocks: [{ clock: "tide", name: "潮水", name_en: "Tide" }], reasons: [{ code: "fog", name: "大雾", name_en: "Fog" }],
  answers: [{ code: "done", name: "已处置", name_en: "Done" }], steps: [],
};
const CASE = aCase("SW1", { workflow: "harbour", workflow_version: 2, stage: "afloat" });

const event = ({ sets = {}, ...change }: Partial<Omit<CaseEvent, "sets">> & { sets?: Record<string, unknown> }): CaseEvent => ({
  sequence: 2, at: at(0), observed_at: null, actor: "li", actor_name: "李", action: "dispatch", stage: "afloat", sets: sets as CaseEvent["sets"], department: null,
  department_en: null, note: null, incident_id: null, revision: null, evidence: [], ...change,
});
const detail = { case: CASE, names: { zhao: "赵" }, conditions: [] } as Pick<CaseDetail, "case" | "names" | "conditions">;

beforeEach(() => {
  workflows.value = new Map([["harbour 2", OWN]]);
});
afterEach(() => {
  language.value = "en";
});

describe("stages of a city's own workflow", () => {
  it("have the words of the version by which the case goes", () => {
    expect(stageWords(CASE)).toBe("Waiting for the boat");
    language.value = "zh";
    expect(stageWords(CASE)).toBe("待打捞");
    expect(stageWords({ ...CASE, stage: "opened" })).toBe("待指派");
  });

  it("stand where the workflow says", () => {
    expect(outsideOf(CASE)).toBe("handle");
    expect(progressOf(CASE)).toBe(3);
  });

  it("are called as the shipped ones while the workflow is not known, and by their key at last", () => {
    workflows.value = new Map();
    const unknown = aCase("SW2", { workflow: null, stage: "opened" });
    expect([stageWords(unknown), stageWords({ ...unknown, stage: "afloat" })]).toEqual(["Opened", "afloat"]);
  });
});

describe("the history of a case", () => {
  it("names the clock that ran out, not its key", () => {
    const over = event({ action: "clock_ran_out", note: "tide", actor: "system/worker", actor_name: null });
    expect(factsOf(over, detail)).toEqual(["Clock: Tide"]);
    expect([noteWords(over), actorWords(over)]).toEqual([null, "System"]);
  });

  it("calls a report that waits for an acceptor a report, and a camera's case opened", () => {
    expect(actionWords(event({ action: "open", sequence: 1, sets: { opened_at: null } }))).toBe("Reported");
    expect(actionWords(event({ action: "open", sequence: 1, sets: { opened_at: at(0) } }))).toBe("Case opened");
    expect(actionWords(event({ action: "open", sequence: 3, sets: {} }))).toBe("Case opened");
  });

  it("says to whom, why, and what was answered", () => {
    expect(factsOf(event({ sets: { assignee: "zhao", reason: "fog" } }), detail)).toEqual(["Reason: Fog", "To: 赵"]);
    expect(factsOf(event({ action: "check_answer", sets: { checked: "done", assignee: null } }), detail)).toEqual(["Answer: Done"]);
    expect(factsOf(event({ action: "check_answer", sets: { checked: "done", assignee: "zhao" } }), detail)).toEqual(["Answer: Done"]);
    expect(factsOf(event({ action: "suspend_request", sets: { suspension_asked: { by: "zhao", until: at(0) } } }), detail)).toHaveLength(1);
    expect(factsOf(event({ action: "rework", sets: { checked: null } }), detail)).toEqual([]);
  });

  it("shows one of the two languages in which programs write, and all that people write", () => {
    const seen = { note: "摄像机看到已恢复 / the camera sees it put right", action: "check" };
    expect(noteWords(event({ ...seen, actor: "camera/cam-01", actor_name: null }))).toBe("the camera sees it put right");
    expect(noteWords(event({ ...seen, actor: "li" }))).toBe(seen.note);
    expect(actorWords(event({ actor: "camera/cam-01", actor_name: null }))).toBe("Camera cam-01");
  });
});
