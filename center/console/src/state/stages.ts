/** Where a stage of a case stands in the six steps that every workflow has outside. */

import { OUTSIDE } from "./workflow-diagram";

type Outside = (typeof OUTSIDE)[number];

/** Of the stages of the shipped workflows; a city's own come with its workflow. */
const SHIPPED: Readonly<Record<string, Outside>> = {
  reported: "report", accepted: "open", sent_back: "open", opened: "dispatch", returned: "dispatch", found_wanting: "dispatch",
  dispatched: "handle", taken: "handle", assigned: "handle", replied: "handle", handled: "feedback", checked: "feedback", confirmed: "feedback",
  closed: "close", cancelled: "close", refused: "close", not_opened: "close", void: "close", merged: "close",
};

/** 0 for a report to 5 for an end; 0 too for a stage that nobody knows. */
export const positionOf = (stage: string, outside: string | null = null): number =>
  Math.max(0, OUTSIDE.indexOf((outside ?? SHIPPED[stage] ?? "report") as Outside));

export const isEnd = (stage: string): boolean => SHIPPED[stage] === "close";
