/** Colours of the map, in both appearances. Symbols keep theirs in both, so that they are learnt once. */

export interface Palette {
  land: string;
  block: string;
  building: string;
  buildingEdge: string;
  park: string;
  plaza: string;
  water: string;
  waterText: string;
  road: string;
  roadMain: string;
  roadEdge: string;
  text: string;
  textHalo: string;
  parkText: string;
  grid: string;
  gridText: string;
  component: string;
  trail: string;
  /** The part of a path that is chosen. */
  leg: string;
}

export const DARK: Palette = {
  land: "#0d1624",
  block: "#111d2e",
  building: "#18273b",
  buildingEdge: "#213550",
  park: "#10302c",
  plaza: "#1b2a3d",
  water: "#0a2740",
  waterText: "#5f9cc9",
  road: "#263a55",
  roadMain: "#3a567c",
  roadEdge: "#0a111c",
  text: "#b9c7db",
  textHalo: "#0b1320",
  parkText: "#6fae9b",
  grid: "#5aa9ff",
  gridText: "#8fc2ff",
  component: "#8fa3bf",
  trail: "#5ab0ff",
  leg: "#ffb340",
};

export const LIGHT: Palette = {
  land: "#e9edf2",
  block: "#f4f6f9",
  building: "#e2e7ee",
  buildingEdge: "#d0d8e2",
  park: "#cfe8d3",
  plaza: "#ece7dc",
  water: "#b4d8f0",
  waterText: "#2f6f9f",
  road: "#ffffff",
  roadMain: "#fff3d6",
  roadEdge: "#c9d2de",
  text: "#3c4a5e",
  textHalo: "#ffffff",
  parkText: "#3c7a55",
  grid: "#1466d8",
  gridText: "#1455b0",
  component: "#66758c",
  trail: "#1466d8",
  leg: "#d9480f",
};

export const KIND_COLOURS = {
  vehicle: "#2f7df0",
  person: "#0e9f6e",
  device: "#8a5cf0",
  box: "#64748b",
  camera: "#33475f",
} as const;

export const URGENCY_COLOURS = {
  calm: "#e8930c",
  soon: "#ea5a0c",
  overdue: "#dc2438",
  restored: "#0a9372",
  ended: "#64748b",
} as const;

/** Places on a path. */
export const PATH_COLOURS = { begin: "#0a9372", end: "#142033", stop: "#5b4bd6", event: "#dc2438" } as const;
