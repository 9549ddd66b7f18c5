/** Answers whose shape is looser in the contract than here. */

import type { FeatureCollection } from "geojson";
import type { components } from "./schema";

export type CameraListAnswer = components["schemas"]["CameraList"];

/** A layer of the map; the map's own GeoJSON types are stricter about coordinates. */
export type Layer = FeatureCollection;
