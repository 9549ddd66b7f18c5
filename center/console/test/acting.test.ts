import { afterEach, describe, expect, it, vi } from "vitest";
import { center, Refused, Unreachable } from "../src/api/client";
import { Acting } from "../src/state/acting";
import { nextStep, towardsClose } from "../src/state/steps";
import type { ActionRequest, PossibleAction } from "../src/api/types";
import { commandOf } from "../src/parts/case-keys";

afterEach(() => {
  vi.restoreAllMocks();
});

const wanted: ActionRequest = { action: "close", expected_sequence: 4, department: null, note: null };
const problem = { type: "about:blank", title: "", status: 409, detail: "", code: "stale_sequence" };

/** The keys under which requests went out; each is answered by the next of `outcomes`. */
async function keysOf(outcomes: readonly (Error | null)[], requests: readonly ActionRequest[]): Promise<string[]> {
  const keys: string[] = [];
  const acting = new Acting();
  vi.spyOn(center, "act").mockImplementation(async (_number, _wanted, key) => {
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

const possible = (...actions: string[]): PossibleAction[] => actions.map((action) => ({ action, needs_department: false, needs_note: false }) as PossibleAction);

describe("the steps of a case", () => {
  it("have one that leads on, whatever stands before it", () => {
    expect(nextStep(possible("cancel", "dispatch"))?.action).toBe("dispatch");
    expect(nextStep(possible("cancel", "return"))).toBeNull();
  });

  it("lead from seen put right to the close by the shortest way", () => {
    expect(towardsClose(possible("check", "close"))?.action).toBe("close");
    expect(towardsClose(possible("rework", "check"))?.action).toBe("check");
    expect(towardsClose(possible("dispatch", "cancel"))).toBeNull();
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
