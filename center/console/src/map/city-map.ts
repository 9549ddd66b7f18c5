/** The map itself: MapLibre for the ground, `Points` for everything on it. Knows nothing of pages. */

import "../styles/maplibre.css";
import { GeoJSONSource, Map as GroundMap, type PaddingOptions, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { Feature, FeatureCollection, Position } from "geojson";
import { circle, degrees, type LatLon, mercator } from "../geometry";
import { at, type Motion } from "../state/motion";
import type { Language } from "../state/preferences";
import { neededHz, Pace } from "./pace";
import { type Mark, onScreen, Points, type Sight, standingLift } from "./points";
import { layers, type Shown, type SourceName, style } from "./style";

setWorkerUrl(workerUrl);

/** A mark that can be pointed at by its key; null for what is only seen. */
export interface KeyedMark extends Mark {
  key: string | null;
}

export interface Dress {
  dark: boolean;
  language: Language;
  shown: Shown;
}

export interface Options extends Dress {
  container: HTMLElement;
  interactive: boolean;
  centre: LatLon;
  zoom: number;
  still: () => boolean;
  onPick?: (key: string | null, component: Feature | null, place: LatLon) => void;
  onHover?: (key: string | null, x: number, y: number) => void;
  onMove?: (view: { zoom: number; bearing: number }) => void;
  /** Told that a hand has moved the map, so that following ends. */
  onDrag?: () => void;
}

const PAGE_S = (): number => performance.now() / 1000;
const FLIGHT_MS = 900;

export class CityMap {
  readonly ground: GroundMap;
  private readonly canvas = document.createElement("canvas");
  private points: Points;
  private marks: readonly KeyedMark[] = [];
  private fastest = 0;
  private readonly pace = new Pace();
  private frame = 0;
  private followed: (() => Motion | null) | null = null;
  private lat: number;
  private ready = false;
  private readonly waiting = new Map<SourceName, FeatureCollection>();
  private dressed: Dress;
  private hover = { x: 0, y: 0, asked: false };
  private readonly sizes: ResizeObserver;
  private drawn = 0;
  private drawnSinceMs = performance.now();
  /** Pictures a second, of the last few seconds. */
  drawnHz = 0;

  /** @throws Error if the browser has no WebGL 2. */
  constructor(private readonly options: Options) {
    this.lat = options.centre.lat;
    this.dressed = options;
    this.points = new Points(this.canvas);
    this.ground = new GroundMap({
      container: options.container,
      style: style(options.dark, options.language, options.shown, this.lat),
      center: [options.centre.lon, options.centre.lat],
      zoom: options.zoom,
      minZoom: 9,
      maxZoom: 20,
      maxPitch: 0,
      pitchWithRotate: false,
      interactive: options.interactive,
      attributionControl: false,
      fadeDuration: options.still() ? 0 : 200,
      trackResize: false,
      localIdeographFontFamily: "'Noto Sans CJK SC','PingFang SC','Microsoft YaHei','Noto Sans SC',sans-serif",
    });
    this.ground.touchZoomRotate.disableRotation();
    this.canvas.className = "points";
    this.ground.getCanvasContainer().append(this.canvas);
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.points = new Points(this.canvas);
      this.show(this.marks);
    });
    this.sizes = new ResizeObserver(() => this.ground.resize());
    this.sizes.observe(options.container);
    this.listen();
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.frame = -1;
    this.sizes.disconnect();
    this.points.destroy();
    this.ground.remove();
  }

  /** Put a layer's features on the map. */
  fill(name: SourceName, data: FeatureCollection): void {
    if (!this.ready) {
      this.waiting.set(name, data);
      return;
    }
    const source = this.ground.getSource(name);
    if (source instanceof GeoJSONSource) void source.setData(data);
  }

  /** Change appearance, language or what is shown, without loading anything again. */
  dress(wanted: Dress): void {
    this.dressed = { dark: wanted.dark, language: wanted.language, shown: wanted.shown };
    if (!this.ready) return;
    for (const layer of layers(wanted.dark, wanted.language, wanted.shown, this.lat)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        this.ground.setPaintProperty(layer.id, name as never, value as never);
      }
      if (!("layout" in layer)) continue;
      for (const [name, value] of Object.entries(layer.layout ?? {})) {
        this.ground.setLayoutProperty(layer.id, name as never, value as never);
      }
    }
  }

  /** Show these marks; the last lies on top. */
  show(marks: readonly KeyedMark[]): void {
    this.marks = marks;
    this.points.set(marks);
    this.fastest = 0;
    for (const { motion } of marks) {
      if (motion.endS <= motion.startS) continue;
      const speed = Math.hypot(motion.to.x - motion.from.x, motion.to.y - motion.from.y) / (motion.endS - motion.startS);
      if (speed > this.fastest) this.fastest = speed;
    }
    this.draw();
    this.run();
  }

  /** Trail and accuracy of what is chosen. */
  trail(line: number[], around: { place: LatLon; radiusM: number } | null): void {
    const coordinates: Position[] = [];
    for (let index = 0; index + 1 < line.length; index += 2) coordinates.push([line[index] ?? 0, line[index + 1] ?? 0]);
    this.fill("trail", collection(coordinates.length < 2 ? [] : [{ type: "LineString", coordinates }]));
    this.fill(
      "accuracy",
      collection(around === null ? [] : [{ type: "Polygon", coordinates: [circle(around.place, around.radiusM)] }]),
    );
  }

  /** Keep something in the middle, until null. */
  follow(motion: (() => Motion | null) | null): void {
    this.followed = motion;
    this.run();
  }

  fit([west, south, east, north]: [number, number, number, number], padding: PaddingOptions): void {
    this.lat = (south + north) / 2;
    this.ground.fitBounds([west, south, east, north], { padding, bearing: 0, animate: this.ready && !this.options.still(), duration: FLIGHT_MS });
  }

  /** Go to a place; `offset` is from the middle of the map, pixels. */
  fly(to: LatLon, zoom: number, offset: [number, number] = [0, 0]): void {
    const target = { center: [to.lon, to.lat] as [number, number], zoom: Math.max(zoom, this.ground.getZoom()), offset };
    if (this.options.still()) this.ground.easeTo({ ...target, animate: false });
    else this.ground.easeTo({ ...target, duration: FLIGHT_MS });
  }

  zoomBy(steps: number): void {
    this.ground.easeTo({ zoom: this.ground.getZoom() + steps, duration: this.options.still() ? 0 : 250 });
  }

  northUp(): void {
    this.ground.easeTo({ bearing: 0, duration: this.options.still() ? 0 : 300 });
  }

  /** The mark nearest to a point of the screen; among near ones the topmost kind wins by being drawn later. */
  pick(x: number, y: number, reachPx: number): KeyedMark | null {
    const sight = this.sight();
    const now = this.time();
    let best: KeyedMark | null = null;
    let bestPx = Infinity;
    this.marks.forEach((mark) => {
      if (mark.key === null) return;
      const place = onScreen(sight, mark.motion, now);
      const lift = mark.stands ? standingLift(sight.zoom, mark.size) : 0;
      const px = Math.hypot(place.x - x, place.y - lift - y) - (mark.stands ? 10 : 0);
      if (px <= reachPx && px <= bestPx + 2) {
        best = mark;
        bestPx = px;
      }
    });
    return best;
  }

  private listen(): void {
    const { ground, options } = this;
    ground.on("load", () => {
      this.ready = true;
      this.dress(this.dressed);
      for (const [name, data] of this.waiting) this.fill(name, data);
      this.waiting.clear();
    });
    ground.on("render", () => this.draw());
    ground.on("move", () => options.onMove?.({ zoom: ground.getZoom(), bearing: ground.getBearing() }));
    ground.on("dragstart", () => options.onDrag?.());
    document.addEventListener("visibilitychange", this.run);
    ground.on("remove", () => document.removeEventListener("visibilitychange", this.run));
    ground.on("click", (event) => {
      const touched = "pointerType" in event.originalEvent && event.originalEvent.pointerType === "touch";
      const mark = this.pick(event.point.x, event.point.y, touched ? 28 : 16);
      const [feature] = mark === null && this.dressed.shown.components ? ground.queryRenderedFeatures(event.point, { layers: ["component"] }) : [];
      options.onPick?.(mark?.key ?? null, feature ?? null, { lat: event.lngLat.lat, lon: event.lngLat.lng });
    });
    ground.on("mousemove", (event) => {
      this.hover.x = event.point.x;
      this.hover.y = event.point.y;
      if (this.hover.asked) return;
      this.hover.asked = true;
      requestAnimationFrame(() => this.lookUnderMouse());
    });
    ground.on("mouseout", () => options.onHover?.(null, 0, 0));
  }

  private lookUnderMouse(): void {
    this.hover.asked = false;
    if (this.frame === -1 || this.ground.isMoving()) return;
    const mark = this.pick(this.hover.x, this.hover.y, 14);
    this.ground.getCanvas().style.cursor = mark === null ? "" : "pointer";
    this.options.onHover?.(mark?.key ?? null, this.hover.x, this.hover.y);
  }

  private time(): number {
    return this.options.still() ? Infinity : PAGE_S();
  }

  private sight(): Sight {
    const { lng, lat } = this.ground.getCenter();
    const middle = this.ground.project([lng, lat]);
    const container = this.ground.getContainer();
    return {
      ...mercator({ lat, lon: lng }),
      zoom: this.ground.getZoom(),
      bearingDeg: this.ground.getBearing(),
      centreX: middle.x,
      centreY: middle.y,
      width: container.clientWidth,
      height: container.clientHeight,
    };
  }

  private draw(): void {
    const still = this.options.still();
    this.points.draw(this.sight(), still ? 1e9 : PAGE_S(), Math.min(2, devicePixelRatio));
    this.drawn += 1;
    const nowMs = performance.now();
    if (nowMs - this.drawnSinceMs > 2000) {
      this.drawnHz = (this.drawn * 1000) / (nowMs - this.drawnSinceMs);
      this.drawn = 0;
      this.drawnSinceMs = nowMs;
    }
  }

  /** Draw on while something moves. */
  private readonly run = (): void => {
    if (this.frame !== 0 || document.hidden || this.options.still()) return;
    let askedMs = 0;
    const step = (nowMs: number): void => {
      if (this.frame === -1) return;
      if (askedMs > 0) this.pace.took(nowMs - askedMs);
      askedMs = 0;
      if (document.hidden || !this.points.isMoving(PAGE_S())) {
        this.frame = 0;
        this.draw();
        return;
      }
      const pxS = this.fastest * 512 * 2 ** this.ground.getZoom();
      if (!this.ground.isMoving() && this.pace.isDue(nowMs, neededHz(pxS))) {
        const motion = this.followed?.() ?? null;
        if (motion !== null) this.keepInMiddle(motion);
        else this.draw();
        askedMs = nowMs;
      }
      this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  };

  private keepInMiddle(motion: Motion): void {
    const { lat, lon } = degrees(at(motion, PAGE_S()));
    this.ground.setCenter([lon, lat]);
  }
}

function collection(geometries: GeoJSON.Geometry[]): FeatureCollection {
  return {
    type: "FeatureCollection",
    features: geometries.map((geometry) => ({ type: "Feature", properties: {}, geometry })),
  };
}
