import { describe, expect, it } from "vitest";
import { BOX, layOut } from "../src/state/workflow-diagram";

const stages = [
  { stage: "reported", outside: "report" },
  { stage: "opened", outside: "dispatch" },
  { stage: "returned", outside: "dispatch" },
  { stage: "handled", outside: "feedback" },
  { stage: "closed", outside: "close" },
];
const steps = [
  { action: "open", sources: ["reported"], to: "opened", primary: true },
  { action: "return", sources: ["opened"], to: "returned", primary: false },
  { action: "dispatch", sources: ["opened", "returned"], to: "handled", primary: true },
  { action: "rework", sources: ["handled"], to: "opened", primary: false },
  { action: "urge", sources: ["opened"], to: null, primary: false },
  { action: "force_close", sources: ["reported", "opened", "returned", "handled"], to: "closed", primary: false },
  { action: "close", sources: ["handled"], to: "closed", primary: true },
];

describe("a workflow's diagram", () => {
  const diagram = layOut(stages, steps);

  it("has a column for each outside stage that is used, in their order, and no box upon another", () => {
    expect(diagram.columns.map((column) => column.outside)).toEqual(["report", "dispatch", "feedback", "close"]);
    expect(new Set(diagram.stages.map(({ x, y }) => `${x} ${y}`)).size).toBe(stages.length);
    for (const { x, y } of diagram.stages) {
      expect(x + BOX.width).toBeLessThanOrEqual(diagram.width);
      expect(y + BOX.height).toBeLessThanOrEqual(diagram.height);
    }
  });

  it("has an arrow for each way between two stages, but none for what ends it early or moves nothing", () => {
    expect(diagram.arrows.map((arrow) => `${arrow.from} ${arrow.to} ${arrow.actions} ${arrow.isPrimary}`)).toEqual([
      "reported opened open true", "opened returned return false", "opened handled dispatch true",
      "returned handled dispatch true", "handled opened rework false", "handled closed close true",
    ]);
  });
});
