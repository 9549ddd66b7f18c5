import { afterEach, describe, expect, it, vi } from "vitest";
import { center, Refused, Unreachable } from "../src/api/client";
import { Acting, type StepRequest } from "../src/state/acting";
import { answersRequest, type Need, nextStep, type Step, takesOnePress, towardsClose } from "../src/state/steps";
import { commandOf } from "../src/parts/case-keys";

afterEach(() => {
  vi.restoreAllMocks();
});

const wanted: StepRequest = { action: "close", expected_sequence: 4 };
const problem = { type: "about:blank", title: "", status: 409, detail: "", code: "stale_sequence" };

/** The keys under which requests went out; each is answered by the next of `outcomes`. */
async function keysOf(outcomes: readonly (Error | null)[], requests: readonly StepRequest[]): Promise<string[]> {
  const keys: string[] = [];
  const acting = new Acting();
  vi.spyOn(center, "act").mockImplementation(async (_number, _wanted, _pictures, key) => {
    keys.push(key);
    const outcome = outcomes[keys.length - 1];
    if (outcome instanceof Error) throw outcome;
    return {} as never;
  });
  for (const request of requests) await acting.act("SW1", request).catch(() => {});
  return keys;
}

describe("a step that is sent again", () => {
  it("is the same request when no answer came", async () => {
    const [first, second] = await keysOf([new Unreachable("away"), null], [wanted, wanted]);
    expect(first).toBe(second);
  });

  it("is another one when something in it has changed, or when it was answered", async () => {
    const keys = await keysOf([new Unreachable("away"), new Refused(409, problem, null), null, null], [wanted, { ...wanted, note: "x" }, { ...wanted, note: "x" }, { ...wanted, note: "x" }]);
    expect(new Set(keys).size).toBe(4);
  });
});

const step = (action: string, more: Partial<Step> = {}): Step => ({
  action, name: action, nameEn: action, needs: new Set<Need>(), reasons: [], answers: [], isPrimary: false, stays: false, refusal: null, ...more,
});
const refusal = { code: "no_task_out", text: "somebody is out" };

describe("the steps of a case", () => {
  it("have a usual one, unless it is not possible now", () => {
    expect(nextStep([step("cancel"), step("dispatch", { isPrimary: true })])?.action).toBe("dispatch");
    expect([step("defer_grant"), step("merge"), step("appeal_refuse")].map(answersRequest)).toEqual([true, false, true]);
    expect(nextStep([step("cancel"), step("dispatch", { isPrimary: true, refusal })])).toBeNull();
  });

  it("lead from seen put right to the close by the shortest way that asks for nothing", () => {
    expect(towardsClose([step("check"), step("close")])?.action).toBe("close");
    expect(towardsClose([step("rework"), step("check"), step("close", { refusal })])?.action).toBe("check");
    expect(towardsClose([step("close", { needs: new Set<Need>(["note"]) })])).toBeNull();
    expect(towardsClose([step("dispatch"), step("cancel")])).toBeNull();
  });

  it("take one press when a rule names the department, and nothing else is needed", () => {
    const dispatch = step("dispatch", { needs: new Set<Need>(["department"]) });
    expect(takesOnePress(dispatch, "D01")).toBe(true);
    expect(takesOnePress(dispatch, null)).toBe(false);
    expect(takesOnePress(step("dispatch", { needs: new Set<Need>(["department", "note"]) }), "D01")).toBe(false);
  });
});

describe("a key", () => {
  const press = (key: string, more: object = {}) => ({ key, altKey: false, ctrlKey: false, metaKey: false, isComposing: false, ...more });
  const nowhere = { types: false, isControl: false };

  it("does what it stands for", () => {
    expect(["/", "j", "k", "n", "Enter"].map((key) => commandOf(press(key), nowhere))).toEqual(["search", "down", "up", "next", "enter"]);
  });

  it("is a letter to whoever types, the browser's with Ctrl, and the control's own Enter", () => {
    expect(commandOf(press("j"), { types: true, isControl: false })).toBeNull();
    expect(commandOf(press("n", { ctrlKey: true }), nowhere)).toBeNull();
    expect(commandOf(press("j", { isComposing: true }), nowhere)).toBeNull();
    expect(commandOf(press("Enter"), { types: false, isControl: true })).toBeNull();
    expect(commandOf(press("j"), { types: false, isControl: true })).toBe("down");
  });
});
