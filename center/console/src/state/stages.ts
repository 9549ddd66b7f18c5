/** Where the stages of the shipped workflows stand in the six steps that every workflow has outside; a city's own say it themselves. */

import { OUTSIDE } from "./workflow-diagram";

export type Outside = (typeof OUTSIDE)[number];

const SHIPPED: Readonly<Record<string, Outside>> = {
  reported: "report", accepted: "open", sent_back: "open", opened: "dispatch", returned: "dispatch", found_wanting: "dispatch",
  dispatched: "handle", taken: "handle", assigned: "handle", replied: "handle", handled: "feedback", checked: "feedback", confirmed: "feedback",
  closed: "close", cancelled: "close", refused: "close", not_opened: "close", void: "close", merged: "close",
};

/** The first step for a stage that nobody knows. */
export const shippedOutside = (stage: string): Outside => SHIPPED[stage] ?? "report";

/** 0 for a report to 5 for an end. */
export const positionOf = (outside: Outside): number => OUTSIDE.indexOf(outside);
