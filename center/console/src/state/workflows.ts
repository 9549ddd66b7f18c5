/** The workflows by which cases go, each version as cases ask for it: what its stages, clocks, reasons and answers are called. */

import { signal } from "@preact/signals";
import { center } from "../api/client";
import type { Case, WorkflowDescription } from "../api/types";
import { named, word } from "../i18n";
import { type Outside, positionOf, shippedOutside } from "./stages";

/** By name and version, as `keyOf` has them. */
export const workflows = signal<ReadonlyMap<string, WorkflowDescription>>(new Map());

type Going = Pick<Case, "workflow" | "workflow_version">;
type Standing = Going & Pick<Case, "stage">;

const AGAIN_MS = 30_000;
const asked = new Set<string>();

const keyOf = (name: string, version: number): string => `${name} ${version}`;

/** The workflow of a case; null until it is known. Whoever asks is drawn again when it is. */
export function workflowOf({ workflow, workflow_version: version }: Going): WorkflowDescription | null {
  if (workflow === null || version === null) return null;
  const key = keyOf(workflow, version);
  const found = workflows.value.get(key);
  if (found === undefined && !asked.has(key)) {
    asked.add(key);
    queueMicrotask(() => load(workflow, version));
  }
  return found ?? null;
}

function load(name: string, version: number): void {
  const key = keyOf(name, version);
  center.workflow(name, version).then(
    (found) => {
      workflows.value = new Map(workflows.peek()).set(key, found);
    },
    () => setTimeout(() => asked.delete(key), AGAIN_MS), // until then the shipped words do
  );
}

/** What a stage is called: by the case's workflow, else as the shipped ones call it. */
export function stageWords(of: Standing, stage = of.stage): string {
  const found = workflowOf(of)?.stages.find((one) => one.stage === stage);
  return found === undefined ? word("stage", stage) : named(found.name, found.name_en);
}

/** Which of the six outside stages a case stands in. */
export const outsideOf = (of: Standing): Outside =>
  (workflowOf(of)?.stages.find((one) => one.stage === of.stage)?.outside as Outside | undefined) ?? shippedOutside(of.stage);

/** 0 for a report to 5 for an end. */
export const progressOf = (of: Standing): number => positionOf(outsideOf(of));

/** What a workflow calls a clock, a reason or an answer; the key itself if it has no word for it. */
export function workflowWord(of: Going, list: "clocks" | "reasons" | "answers", key: string): string {
  const workflow = workflowOf(of);
  const found = list === "clocks" ? workflow?.clocks.find((one) => one.clock === key) : workflow?.[list].find((one) => one.code === key);
  return found === undefined ? key : named(found.name, found.name_en);
}
