/** Which steps of a case are offered first, and which of them lead from "seen put right" to the close. */

import type { Action, PossibleAction } from "../api/types";

/** Steps that lead on; the others lead back or out. */
const FORWARD: ReadonlySet<string> = new Set(["dispatch", "handle", "check", "close"]);

export const isForward = (action: Action): boolean => FORWARD.has(action);

/** The step that a key or a single press takes: the first one that leads on. */
export const nextStep = (actions: readonly PossibleAction[]): PossibleAction | null => actions.find(({ action }) => isForward(action)) ?? null;

/** The step that leads straight to the close of a case that was seen put right; null if none does from here. */
export const towardsClose = (actions: readonly PossibleAction[]): PossibleAction | null =>
  actions.find(({ action }) => action === "close") ?? actions.find(({ action }) => action === "check") ?? null;
