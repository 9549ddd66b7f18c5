/** A workflow as a picture: stages in columns by their outside stage, and the steps between them. */

export const OUTSIDE = ["report", "open", "dispatch", "handle", "feedback", "close"] as const;

export interface DiagramStage {
  stage: string;
  outside: string;
}

export interface DiagramStep {
  action: string;
  sources: readonly string[];
  /** null if the case stays where it is. */
  to: string | null;
  primary: boolean;
}

/** Pixels; x and y are those of the box's left upper corner. */
export interface PlacedStage {
  name: string;
  x: number;
  y: number;
}

export interface Arrow {
  from: string;
  to: string;
  actions: string[];
  isPrimary: boolean;
  path: string;
}

export interface Diagram {
  columns: { outside: string; x: number }[];
  stages: PlacedStage[];
  arrows: Arrow[];
  width: number;
  height: number;
}

export const BOX = { width: 150, height: 46 };
const GAP = { x: 62, y: 26 };
const MARGIN = { x: 10, top: 44, bottom: 34 };
/** How far an arrow leaves its box before it turns. */
const BEND = 34;

/**
 * Lay a workflow out.
 *
 * Steps that leave a case where it is have no arrow, and none those that end it early (to refuse, to close by force): the
 * picture would be nothing but these.
 */
export function layOut(stages: readonly DiagramStage[], steps: readonly DiagramStep[]): Diagram {
  const used = OUTSIDE.filter((outside) => stages.some((stage) => stage.outside === outside));
  const columns = used.map((outside, column) => ({ outside, x: MARGIN.x + column * (BOX.width + GAP.x) }));
  const placed = columns.flatMap(({ outside, x }) =>
    stages.filter((stage) => stage.outside === outside).map(({ stage: name }, row) => ({ name, x, y: MARGIN.top + row * (BOX.height + GAP.y) })),
  );
  return {
    columns,
    stages: placed,
    arrows: arrowsOf(placed, stages, steps),
    width: 2 * MARGIN.x + used.length * BOX.width + (used.length - 1) * GAP.x,
    height: Math.max(...placed.map((stage) => stage.y)) + BOX.height + MARGIN.bottom,
  };
}

function arrowsOf(placed: readonly PlacedStage[], stages: readonly DiagramStage[], steps: readonly DiagramStep[]): Arrow[] {
  const at = new Map(placed.map((stage) => [stage.name, stage]));
  const ends = new Set(stages.filter((stage) => stage.outside === "close").map((stage) => stage.stage));
  const arrows = new Map<string, Arrow>();
  for (const step of steps) {
    if (step.to === null || (ends.has(step.to) && !step.primary)) continue;
    for (const from of step.sources) {
      const [source, target] = [at.get(from), at.get(step.to)];
      if (source === undefined || target === undefined || source === target) continue;
      const key = `${from} ${step.to}`;
      const known = arrows.get(key) ?? { from, to: step.to, actions: [], isPrimary: false, path: pathOf(source, target) };
      known.actions.push(step.action);
      known.isPrimary ||= step.primary;
      arrows.set(key, known);
    }
  }
  return [...arrows.values()];
}

/** Onward from side to side; back, and within a column, around below. */
function pathOf(from: PlacedStage, to: PlacedStage): string {
  if (to.x > from.x) {
    const [x1, y1, x2, y2] = [from.x + BOX.width, from.y + BOX.height / 2, to.x, to.y + BOX.height / 2];
    return `M${x1} ${y1}C${x1 + BEND} ${y1} ${x2 - BEND} ${y2} ${x2} ${y2}`;
  }
  if (to.x === from.x) {
    const [x, y1, y2] = [from.x + BOX.width, from.y + BOX.height * 0.7, to.y + BOX.height * (to.y > from.y ? 0.3 : 0.7)];
    return `M${x} ${y1}C${x + BEND} ${y1} ${x + BEND} ${y2} ${x} ${y2}`;
  }
  const [x1, y1, x2, y2] = [from.x + BOX.width * 0.35, from.y + BOX.height, to.x + BOX.width * 0.65, to.y + BOX.height];
  return `M${x1} ${y1}C${x1} ${y1 + BEND} ${x2} ${y2 + BEND} ${x2} ${y2}`;
}
