import { describe, expect, it } from "vitest";
import { BOX, layOut } from "../src/state/workflow-diagram";

const stages = [
  { name: "reported", outside: "report" },
  { name: "opened", outside: "dispatch" },
  { name: "returned", outside: "dispatch" },
  { name: "handled", outside: "feedback" },
  { name: "closed", outside: "close" },
];
const steps = [
  { action: "open", from: ["reported"], to: "opened", primary: true },
  { action: "return", from: ["opened"], to: "returned", primary: false },
  { action: "dispatch", from: ["opened", "returned"], to: "handled", primary: true },
  { action: "rework", from: ["handled"], to: "opened", primary: false },
  { action: "urge", from: ["opened"], to: null, primary: false },
  { action: "force_close", from: ["reported", "opened", "returned", "handled"], to: "closed", primary: false },
  { action: "close", from: ["handled"], to: "closed", primary: true },
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
