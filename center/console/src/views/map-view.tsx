/** The live map: what moves, what watches, what is wrong, and what is known of the one thing that is chosen. */

import type { Feature } from "geojson";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { type KeyedMark } from "../map/city-map";
import { MARK_KINDS, type MarkKind, marks } from "../map/marks";
import { useMap } from "../map/use-map";
import { drawing } from "../map/drawing";
import { Icon } from "../parts/icons";
import { MapLegend } from "../parts/map-legend";
import { MapList } from "../parts/map-list";
import { entityName, MapPanel, nameOf } from "../parts/map-panel";
import { ruleEventName } from "../parts/rule-event";
import { go, route, type Selection } from "../routes";
import { cameras, now, openCases, picture, ruleEvents, version } from "../state/live";
import { isStill } from "../state/preferences";
import { EVERY_RULE_EVENT, onMap } from "../state/rule-events";

const WIDE_PX = 900;
const EVENT = "event/";

export function MapView() {
  const current = route.value;
  const selection = current.page === "map" ? current.selection : null;
  const chosen = selection === null ? null : `${selection.kind}/${selection.id}`;
  const [kinds, setKinds] = useState<ReadonlySet<MarkKind>>(new Set(MARK_KINDS));
  const [grid, setGrid] = useState(false);
  const [components, setComponents] = useState(false);
  const [layersOpen, setLayersOpen] = useState(false);
  const [listOpen, setListOpen] = useState(innerWidth >= WIDE_PX);
  const [component, setComponent] = useState<Feature | null>(null);
  const [following, setFollowing] = useState(false);
  const [bearing, setBearing] = useState(0);
  const tip = useRef<HTMLDivElement>(null);
  const hovered = useRef<string | null>(null);

  const choose = (to: Selection | null): void => {
    setComponent(null);
    setFollowing(false);
    go({ page: "map", selection: to }, { replace: selection !== null && to !== null });
  };
  const { container, map, failed, whole, loaded, empty } = useMap({
    interactive: true,
    centre: null,
    zoom: 14,
    shown: { grid, components },
    room: () => {
      const wide = innerWidth >= WIDE_PX;
      return { top: wide ? 24 : 64, bottom: 24, left: wide && listOpen ? 372 : 20, right: wide ? 76 : 20 };
    },
    onPick: (key, feature) => {
      setLayersOpen(false);
      if (key?.startsWith(EVENT) === true) {
        go({ page: "events", chosen: key.slice(EVENT.length), choice: EVERY_RULE_EVENT });
        return;
      }
      choose(key === null ? null : selectionOf(key));
      if (feature !== null) setComponent(feature);
    },
    onHover: (key, x, y) => {
      const element = tip.current;
      if (element === null) return;
      element.hidden = key === null;
      if (key === null) return;
      if (hovered.current !== key) element.textContent = key.startsWith(EVENT) ? eventTip(key.slice(EVENT.length)) : nameOf(selectionOf(key));
      hovered.current = key;
      element.style.transform = `translate(${x + 14}px, ${y + 14}px)`;
    },
    onMove: (view) => setBearing(Math.round(view.bearing)),
    onDrag: () => setFollowing(false),
  });

  // Marks change with every message, and their colours with the time.
  const minute = Math.floor(now.value / 10_000);
  const found = useMemo(() => onMap(ruleEvents.value, now.peek()), [ruleEvents.value, minute]);
  useEffect(() => {
    if (map === null) return;
    const shown: KeyedMark[] = marks({
      entities: picture.entities.values(),
      cameras: cameras.value,
      cases: openCases.value,
      events: found,
      kinds,
      chosen,
      nowMs: now.peek(),
    });
    map.show(shown);
    drawing.value = { things: shown.length, hz: map.drawnHz };
  }, [map, version.value, cameras.value, openCases.value, found, kinds, chosen, minute, isStill.value]);

  useEffect(() => {
    if (map === null) return;
    const tracked = chosen === null ? undefined : picture.entities.get(chosen);
    const accuracy = tracked?.entity.accuracy_m ?? null;
    map.trail(tracked?.trail ?? [], tracked && accuracy !== null ? { place: tracked.entity, radiusM: accuracy } : null);
  }, [map, chosen, version.value]);

  const flown = useRef<string | null>(null);
  const place = selection === null ? null : placeOf(selection);
  useEffect(() => {
    if (map === null || chosen === flown.current) return;
    if (chosen === null) flown.current = null;
    if (selection === null || place === null || !loaded) return;
    flown.current = chosen;
    const wide = innerWidth >= WIDE_PX;
    map.fly(place, selection.kind === "case" || selection.kind === "camera" ? 16.2 : 15.5, wide ? [listOpen ? 0 : -170, 0] : [0, -innerHeight * 0.16]);
  }, [map, chosen, place !== null, loaded]);

  useEffect(() => {
    if (map === null) return undefined;
    map.follow(following && chosen !== null ? () => picture.entities.get(chosen)?.motion ?? null : null);
    return () => map.follow(null);
  }, [map, following, chosen]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const elsewhere = event.target instanceof HTMLInputElement || document.querySelector("dialog[open]") !== null;
      if (event.key === "Escape" && !elsewhere) choose(null);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [chosen]);

  const toggle = (kind: MarkKind): void => {
    const next = new Set(kinds);
    if (!next.delete(kind)) next.add(kind);
    setKinds(next);
  };

  return (
    <main id="content" class={`map-view ${listOpen ? "has-list" : ""} ${selection !== null || component !== null ? "has-panel" : ""}`}>
      <h1 class="hidden">{t("map")}</h1>
      <div class="map" ref={container} role="application" aria-label={t("map_keys")} />
      <div class="map-tip" ref={tip} hidden />
      {failed && <p class="map-message">{t("map_no_webgl")}</p>}
      {!failed && !loaded && <p class="map-message is-loading">{t("map_loading")}</p>}
      {empty && <p class="map-message">{t("map_no_city")}</p>}

      <MapList
        open={listOpen}
        onOpen={setListOpen}
        kinds={kinds}
        onToggle={toggle}
        chosen={chosen}
        onChoose={(to) => {
          choose(to);
          if (innerWidth < WIDE_PX) setListOpen(false);
        }}
      />

      <div class="map-tools">
        <div class="tool-group">
          <Tool icon="plus" label={t("map_zoom_in")} onClick={() => map?.zoomBy(1)} />
          <Tool icon="minus" label={t("map_zoom_out")} onClick={() => map?.zoomBy(-1)} />
          <Tool icon="fit" label={t("map_fit")} onClick={whole} />
          {bearing !== 0 && (
            <span style={{ transform: `rotate(${-bearing}deg)` }}>
              <Tool icon="north" label={t("map_north")} onClick={() => map?.northUp()} />
            </span>
          )}
        </div>
        <div class="tool-group">
          <Tool icon="layers" label={t("map_layers")} pressed={layersOpen} onClick={() => setLayersOpen(!layersOpen)} />
        </div>
      </div>
      {layersOpen && (
        <section class="float map-layers" aria-label={t("map_layers")}>
          <h2>{t("map_layers")}</h2>
          <Switch label={t("map_grid")} checked={grid} onChange={setGrid} />
          <Switch label={t("map_components")} checked={components} onChange={setComponents} />
          <h2>{t("map_legend")}</h2>
          <MapLegend />
        </section>
      )}

      {(selection !== null || component !== null) && (
        <MapPanel
          key={chosen ?? "component"}
          selection={selection}
          component={component}
          following={following}
          onFollow={setFollowing}
          onChoose={choose}
          onClose={() => choose(null)}
        />
      )}
    </main>
  );
}

function eventTip(key: string): string {
  const found = picture.ruleEvents.get(key);
  return found === undefined ? "" : `${ruleEventName(found)} · ${entityName(found.kind, found.id, found.name)}`;
}

export function selectionOf(key: string): Selection {
  const slash = key.indexOf("/");
  return { kind: key.slice(0, slash), id: key.slice(slash + 1) } as Selection;
}

function placeOf(selection: Selection): { lat: number; lon: number } | null {
  if (selection.kind === "case") return openCases.value.find((found) => found.number === selection.id) ?? null;
  if (selection.kind === "camera") return cameras.value.find((found) => found.camera === selection.id) ?? null;
  return picture.entities.get(`${selection.kind}/${selection.id}`)?.entity ?? null;
}

function Tool({ icon, label, onClick, pressed }: { icon: Parameters<typeof Icon>[0]["name"]; label: string; onClick: () => void; pressed?: boolean }) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} aria-pressed={pressed} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

function Switch({ label, checked, onChange }: { label: string; checked: boolean; onChange: (on: boolean) => void }) {
  return (
    <label class="switch">
      <input type="checkbox" role="switch" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span />
      {label}
    </label>
  );
}
