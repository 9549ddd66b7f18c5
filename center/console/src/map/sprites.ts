/** The symbols on the map, drawn once into one picture that the graphics card keeps. */

import { KIND_COLOURS, PATH_COLOURS, URGENCY_COLOURS } from "./palette";

export const CELL = 64;
const COLUMNS = 8;

export type CaseGlyph = "cover" | "stall" | "goods" | "vehicle" | "other";
export type UnitKind = keyof typeof KIND_COLOURS;
export type CaseUrgency = keyof typeof URGENCY_COLOURS;

export const GLYPHS: readonly CaseGlyph[] = ["cover", "stall", "goods", "vehicle", "other"];

type Draw = (pen: CanvasRenderingContext2D) => void;

/** By the words of an incident type, of which a city may have its own: `cover_tilted` is about a cover too. */
export const caseGlyph = (type: string | null): CaseGlyph => GLYPHS.find((glyph) => type?.split("_").includes(glyph)) ?? "other";

/** Names of all symbols, in the order of their cells. */
const symbols = new Map<string, Draw>();

symbols.set("vehicle", (pen) => arrow(pen, KIND_COLOURS.vehicle));
symbols.set("person", (pen) => walker(pen));
symbols.set("device", (pen) => diamond(pen));
symbols.set("box", (pen) => square(pen));
symbols.set("vehicle-still", (pen) => disc(pen, KIND_COLOURS.vehicle, 10));
symbols.set("person-still", (pen) => disc(pen, KIND_COLOURS.person, 8.5));
symbols.set("camera", camera);
symbols.set("view", view);
symbols.set("ring", ring);
symbols.set("path-begin", (pen) => disc(pen, PATH_COLOURS.begin, 8));
symbols.set("path-end", (pen) => disc(pen, PATH_COLOURS.end, 8));
symbols.set("path-here", (pen) => disc(pen, KIND_COLOURS.vehicle, 8));
symbols.set("path-stop", stop);
symbols.set("path-event", event);
symbols.set("aim", aim);
for (const urgency of Object.keys(URGENCY_COLOURS) as CaseUrgency[]) {
  for (const glyph of GLYPHS) symbols.set(`case-${urgency}-${glyph}`, (pen) => pin(pen, urgency, glyph));
}

const order = [...symbols.keys()];
const cells = new Map(order.map((name, index) => [name, index]));

export const cellOf = (name: string): number => cells.get(name) ?? 0;
export const ROWS = Math.ceil(order.length / COLUMNS);
export { COLUMNS };

/** All symbols in one picture, `scale` device pixels to a pixel. */
export function drawAtlas(scale: number): HTMLCanvasElement {
  const atlas = document.createElement("canvas");
  atlas.width = COLUMNS * CELL * scale;
  atlas.height = ROWS * CELL * scale;
  const pen = atlas.getContext("2d");
  if (pen === null) return atlas;
  order.forEach((name, index) => {
    pen.save();
    pen.scale(scale, scale);
    pen.translate((index % COLUMNS) * CELL + CELL / 2, Math.floor(index / COLUMNS) * CELL + CELL / 2);
    symbols.get(name)?.(pen);
    pen.restore();
  });
  return atlas;
}

const images = new Map<string, string>();

/** A symbol as a picture for the page, such as for the legend. */
export function symbolImage(name: string): string {
  let found = images.get(name);
  if (found === undefined) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = CELL * 2;
    const pen = canvas.getContext("2d");
    pen?.scale(2, 2);
    pen?.translate(CELL / 2, CELL / 2);
    if (pen) symbols.get(name)?.(pen);
    images.set(name, (found = canvas.toDataURL()));
  }
  return found;
}

function outlined(pen: CanvasRenderingContext2D, path: Path2D, fill: string, width = 2.5): void {
  pen.lineJoin = "round";
  pen.shadowColor = "rgba(0,0,0,.45)";
  pen.shadowBlur = 4;
  pen.strokeStyle = "#fff";
  pen.lineWidth = width * 2;
  pen.stroke(path);
  pen.shadowColor = "transparent";
  pen.fillStyle = fill;
  pen.fill(path);
}

function arrow(pen: CanvasRenderingContext2D, fill: string): void {
  const path = new Path2D();
  path.moveTo(0, -18);
  path.lineTo(13, 15);
  path.quadraticCurveTo(0, 6, -13, 15);
  path.closePath();
  outlined(pen, path, fill);
}

function disc(pen: CanvasRenderingContext2D, fill: string, radius: number): void {
  const path = new Path2D();
  path.arc(0, 0, radius, 0, Math.PI * 2);
  outlined(pen, path, fill);
}

/** Two bars on a square, as on a player that pauses. */
function stop(pen: CanvasRenderingContext2D): void {
  const path = new Path2D();
  path.roundRect(-10, -10, 20, 20, 5);
  outlined(pen, path, PATH_COLOURS.stop);
  pen.fillStyle = "#fff";
  pen.fillRect(-4.5, -5, 3, 10);
  pen.fillRect(1.5, -5, 3, 10);
}

function event(pen: CanvasRenderingContext2D): void {
  disc(pen, PATH_COLOURS.event, 9);
  pen.fillStyle = "#fff";
  pen.fillRect(-1.3, -5.5, 2.6, 6.5);
  pen.fillRect(-1.3, 2.5, 2.6, 2.6);
}

/** The middle of a circle that is asked about. */
function aim(pen: CanvasRenderingContext2D): void {
  const path = new Path2D();
  for (const turn of [0, 1, 2, 3]) {
    const [x, y] = [Math.cos((turn * Math.PI) / 2), Math.sin((turn * Math.PI) / 2)];
    path.moveTo(4 * x, 4 * y);
    path.lineTo(13 * x, 13 * y);
  }
  pen.lineCap = "round";
  pen.strokeStyle = "#fff";
  pen.lineWidth = 6;
  pen.stroke(path);
  pen.strokeStyle = PATH_COLOURS.end;
  pen.lineWidth = 2.6;
  pen.stroke(path);
}

function walker(pen: CanvasRenderingContext2D): void {
  const nose = new Path2D();
  nose.moveTo(0, -20);
  nose.lineTo(7.5, -8);
  nose.lineTo(-7.5, -8);
  nose.closePath();
  outlined(pen, nose, KIND_COLOURS.person);
  disc(pen, KIND_COLOURS.person, 10.5);
  pen.fillStyle = "#fff";
  pen.beginPath();
  pen.arc(0, 0, 4, 0, Math.PI * 2);
  pen.fill();
}

function diamond(pen: CanvasRenderingContext2D): void {
  const path = new Path2D();
  path.moveTo(0, -12);
  path.lineTo(12, 0);
  path.lineTo(0, 12);
  path.lineTo(-12, 0);
  path.closePath();
  outlined(pen, path, KIND_COLOURS.device);
}

function square(pen: CanvasRenderingContext2D): void {
  const path = new Path2D();
  path.roundRect(-10, -10, 20, 20, 4);
  outlined(pen, path, KIND_COLOURS.box);
}

function camera(pen: CanvasRenderingContext2D): void {
  disc(pen, KIND_COLOURS.camera, 15);
  pen.fillStyle = "#fff";
  pen.beginPath();
  pen.roundRect(-9, -5.5, 11.5, 11, 2.5);
  pen.fill();
  pen.beginPath();
  pen.moveTo(3.5, -1.8);
  pen.lineTo(9.5, -5.5);
  pen.lineTo(9.5, 5.5);
  pen.lineTo(3.5, 1.8);
  pen.fill();
}

/** What a camera sees, looking north. */
function view(pen: CanvasRenderingContext2D): void {
  const glow = pen.createRadialGradient(0, 0, 4, 0, 0, 31);
  glow.addColorStop(0, "rgba(90,190,255,.75)");
  glow.addColorStop(1, "rgba(90,190,255,.06)");
  pen.fillStyle = glow;
  pen.beginPath();
  pen.moveTo(0, 0);
  pen.arc(0, 0, 31, (-128 / 180) * Math.PI, (-52 / 180) * Math.PI);
  pen.fill();
}

function ring(pen: CanvasRenderingContext2D): void {
  pen.strokeStyle = "rgba(255,255,255,.95)";
  pen.lineWidth = 5;
  pen.beginPath();
  pen.arc(0, 0, 26, 0, Math.PI * 2);
  pen.stroke();
  pen.strokeStyle = "#1f8bff";
  pen.lineWidth = 3;
  pen.stroke();
}

/** A case: its tip is at the foot of the cell. */
function pin(pen: CanvasRenderingContext2D, urgency: CaseUrgency, glyph: CaseGlyph): void {
  const path = new Path2D();
  path.moveTo(0, 28);
  path.bezierCurveTo(-5, 18, -18, 12, -18, -4);
  path.arc(0, -6, 18.1, Math.PI * 0.965, Math.PI * 2.035);
  path.bezierCurveTo(18, 12, 5, 18, 0, 28);
  path.closePath();
  outlined(pen, path, URGENCY_COLOURS[urgency]);
  pen.translate(0, -6);
  pen.strokeStyle = pen.fillStyle = "#fff";
  pen.lineWidth = 2.4;
  pen.lineCap = pen.lineJoin = "round";
  DRAW_GLYPH[glyph](pen);
  if (urgency === "overdue" || urgency === "restored") badge(pen, urgency);
}

/** Said by form as well as by colour. */
function badge(pen: CanvasRenderingContext2D, urgency: CaseUrgency): void {
  pen.translate(14, -13);
  pen.fillStyle = "#fff";
  pen.beginPath();
  pen.arc(0, 0, 8, 0, Math.PI * 2);
  pen.fill();
  pen.strokeStyle = pen.fillStyle = URGENCY_COLOURS[urgency];
  pen.lineWidth = 2.4;
  pen.beginPath();
  if (urgency === "overdue") {
    pen.moveTo(0, -4.3);
    pen.lineTo(0, 0.6);
    pen.moveTo(0, 4);
    pen.lineTo(0, 4.05);
  } else {
    pen.moveTo(-3.5, 0.3);
    pen.lineTo(-1, 3);
    pen.lineTo(3.8, -2.8);
  }
  pen.stroke();
}

const DRAW_GLYPH: Record<CaseGlyph, Draw> = {
  cover: (pen) => {
    pen.beginPath();
    pen.arc(0, 0, 9.5, 0, Math.PI * 2);
    pen.stroke();
    pen.beginPath();
    pen.arc(0, 0, 5, 0, Math.PI * 2);
    pen.fill();
  },
  stall: (pen) => {
    pen.beginPath();
    pen.moveTo(-10, -2.5);
    pen.lineTo(-7.5, -9);
    pen.lineTo(7.5, -9);
    pen.lineTo(10, -2.5);
    pen.closePath();
    pen.fill();
    pen.strokeRect(-7.5, -1.5, 15, 9.5);
  },
  goods: (pen) => {
    pen.strokeRect(-8.5, -4.5, 17, 12.5);
    pen.beginPath();
    pen.moveTo(-8.5, -4.5);
    pen.lineTo(-5.5, -9);
    pen.lineTo(5.5, -9);
    pen.lineTo(8.5, -4.5);
    pen.moveTo(0, -9);
    pen.lineTo(0, 1);
    pen.stroke();
  },
  /** A car from in front. */
  vehicle: (pen) => {
    pen.beginPath();
    pen.moveTo(-8.5, 0);
    pen.lineTo(-5.5, -8);
    pen.lineTo(5.5, -8);
    pen.lineTo(8.5, 0);
    pen.stroke();
    pen.beginPath();
    pen.roundRect(-10.5, -1.5, 21, 7.5, 2);
    pen.rect(-9, 5, 4, 4.5);
    pen.rect(5, 5, 4, 4.5);
    pen.fill();
  },
  other: (pen) => {
    pen.lineWidth = 4;
    pen.beginPath();
    pen.moveTo(0, -9);
    pen.lineTo(0, 2);
    pen.moveTo(0, 8.5);
    pen.lineTo(0, 8.6);
    pen.stroke();
  },
};
