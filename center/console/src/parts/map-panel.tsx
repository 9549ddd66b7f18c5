/** What is known of the one thing that is chosen on the map. */

import type { ComponentChildren } from "preact";
import type { Feature } from "geojson";
import { useEffect, useState } from "preact/hooks";
import type { Camera, Case, Entity, EntityDetail } from "../api/types";
import { center, evidenceUrl, Refused, stillUrl } from "../api/client";
import { ago, coordinates, direction, fullTime, kilometresAnHour, metres, moment } from "../format";
import { type LatLon, nearest } from "../geometry";
import { named, t, typeName, word } from "../i18n";
import { symbolImage } from "../map/sprites";
import { address, isTrackable, type Selection, visitsBefore } from "../routes";
import { cameras, camerasKnown, casesByNumber, endedCases, heardAt, may, now, openCases, picture, stills, version } from "../state/live";
import { CaseRow, CaseSymbol, caseAddress, caseDepartment, caseStreet, caseTitle, Countdown, mapAddress, Progress, StageBadge } from "./case-parts";
import { Fact } from "./fact";
import { Icon } from "./icons";
import { Lightbox, Photo, type Slide } from "./photo";
import { sentence } from "./problem";

const NEAR_M = 600;
const NEAR_MOST = 4;

interface Properties {
  selection: Selection | null;
  component: Feature | null;
  following: boolean;
  onFollow: (on: boolean) => void;
  onChoose: (to: Selection) => void;
  onClose: () => void;
}

export function MapPanel({ selection, component, following, onFollow, onChoose, onClose }: Properties) {
  void version.value;
  if (selection === null) return component === null ? null : <ComponentPanel of={component} onClose={onClose} />;
  // Before the first snapshot nothing is known to be missing.
  const gone = heardAt.value === 0 ? null : <Gone key={`${selection.kind}/${selection.id}`} selection={selection} onClose={onClose} />;
  if (selection.kind === "case") {
    const found = casesByNumber.value.get(selection.id) ?? endedCases.value.find((one) => one.number === selection.id);
    return found === undefined ? gone : <CasePanel of={found} onChoose={onChoose} onClose={onClose} />;
  }
  if (selection.kind === "camera") {
    const found = cameras.value.find((one) => one.camera === selection.id);
    if (found === undefined) return camerasKnown.value ? <NoCamera id={selection.id} onClose={onClose} /> : null;
    return <CameraPanel of={found} onClose={onClose} />;
  }
  const found = picture.entities.get(`${selection.kind}/${selection.id}`);
  if (found === undefined) return gone;
  return <EntityPanel of={found.entity} following={following} onFollow={onFollow} onChoose={onChoose} onClose={onClose} />;
}

/** What a thing is called in a line. */
export function nameOf(selection: Selection): string {
  if (selection.kind === "case") {
    const found = casesByNumber.value.get(selection.id);
    return found === undefined ? selection.id : `${caseTitle(found)} · ${caseStreet(found) || found.number}`;
  }
  if (selection.kind === "camera") {
    const found = cameras.value.find((one) => one.camera === selection.id);
    return `${selection.id} · ${named(found?.name ?? null, found?.name_en ?? null)}`;
  }
  return entityName(selection.kind, selection.id, picture.entities.get(`${selection.kind}/${selection.id}`)?.entity.name ?? null);
}

/** Kind, id and name: Vehicle v017 · Bus 3 */
export const entityName = (kind: string, id: string, name: string | null): string => `${word("kind", kind)} ${id}${name === null ? "" : ` · ${name}`}`;


function Frame({ symbol, kicker, title, onClose, children }: { symbol: ComponentChildren; kicker: string; title: string; onClose: () => void; children: ComponentChildren }) {
  return (
    <section class="float map-panel" aria-label={`${kicker} ${title}`}>
      <header class="map-panel-head">
        {symbol}
        <div>
          <small>{kicker}</small>
          <h2>{title}</h2>
        </div>
        <button type="button" class="icon-button" aria-label={t("close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="map-panel-body">{children}</div>
    </section>
  );
}

const Symbol = ({ name }: { name: string }) => <img class="symbol" alt="" width={36} height={36} src={symbolImage(name)} />;

const NoCamera = ({ id, onClose }: { id: string; onClose: () => void }) => (
  <Frame symbol={null} kicker={word("kind", "camera")} title={id} onClose={onClose}>
    <p class="notice is-bad" role="alert">{t("camera_unknown", { id })}</p>
  </Frame>
);

/** What is chosen and not on the map: it may be quiet, it may have ended, or there is no such thing. */
function Gone({ selection, onClose }: { selection: Selection; onClose: () => void }) {
  const { kind, id } = selection;
  const [found, setFound] = useState<EntityDetail | "case" | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    let wanted = true;
    (kind === "case" ? center.case(id).then(() => "case" as const) : center.entity(kind, id)).then(
      (answer) => wanted && setFound(answer),
      (error: unknown) => wanted && setProblem(error),
    );
    return () => {
      wanted = false;
    };
  }, [kind, id]);
  const unknown = problem instanceof Refused && problem.status === 404;
  return (
    <Frame symbol={null} kicker={word("kind", kind)} title={id} onClose={onClose}>
      {problem !== null && (
        <p class="notice is-bad" role="alert">
          {unknown ? t(kind === "case" ? "case_missing" : "entity_unknown", { number: id, name: `${word("kind", kind)} ${id}` }) : sentence(problem)}
        </p>
      )}
      {problem === null && found === null && <div class="skeleton" aria-busy="true" />}
      {found === "case" && (
        <>
          <p class="empty">{t("case_ended")}</p>
          <a class="button is-wide" href={caseAddress(id)}>{t("open_case")}</a>
        </>
      )}
      {found !== null && found !== "case" && <Quiet of={found} />}
    </Frame>
  );
}

/** An entity that was heard, and has no good fix of the last minutes. */
function Quiet({ of }: { of: EntityDetail }) {
  const time = (at: string) => <time dateTime={at} title={fullTime(at)}>{moment(at, now.value)}</time>;
  return (
    <>
      {of.name !== null && <p data-field="name">{of.name}</p>}
      <p class="empty">{t(of.fix === null ? "gone_never" : of.fix.doubtful ? "gone_doubtful" : "gone")}</p>
      <dl class="facts">
        {of.entity_type !== null && <Fact name={t("type")}>{typeName(of.entity_type)}</Fact>}
        {of.online !== null && <Fact name={t("connection")}>{t(of.online ? "online" : "offline")}</Fact>}
        <Fact name={t("heard_at")}>{of.heard_at === null ? t("not_known") : time(of.heard_at)}</Fact>
        {of.fix !== null && <Fact name={t("last_fix")}>{time(of.fix.time)}</Fact>}
        {of.fix !== null && <Fact name={t("place")}>{coordinates(of.fix.lat, of.fix.lon)}</Fact>}
        <Fact name={t("district")}>{of.district}</Fact>
      </dl>
      <TrackLink kind={of.kind} id={of.id} />
    </>
  );
}

/** To where something has been; nothing for what doesn't move. */
function TrackLink({ kind, id }: { kind: string; id: string }) {
  if (!isTrackable(kind)) return null;
  return (
    <a class="button is-wide" href={address({ page: "tracks", kind, id, day: null, atMs: null })}>
      <Icon name="track" size={18} />
      {t("track")}
    </a>
  );
}

/** To who was at a place in the hour before something was found there. */
export function VisitsLink({ place, time }: { place: LatLon; time: string }) {
  if (!may("history.read")) return null;
  return (
    <a class="button is-wide" href={address(visitsBefore(place, time))}>
      <Icon name="visits" size={18} />
      {t("visits_before")}
    </a>
  );
}

function EntityPanel({ of, following, onFollow, onChoose, onClose }: { of: Entity; following: boolean; onFollow: (on: boolean) => void; onChoose: (to: Selection) => void; onClose: () => void }) {
  return (
    <Frame symbol={<Symbol name={of.kind} />} kicker={[word("kind", of.kind), typeName(of.entity_type)].filter(Boolean).join(" · ")} title={of.id} onClose={onClose}>
      {of.name !== null && <p data-field="name">{of.name}</p>}
      <button type="button" class="button is-wide" aria-pressed={following} onClick={() => onFollow(!following)}>
        <Icon name="follow" size={18} />
        {t(following ? "following" : "follow")}
      </button>
      <TrackLink kind={of.kind} id={of.id} />
      <dl class="facts">
        <Fact name={t("speed")}>{of.speed_mps === null ? t("not_known") : kilometresAnHour(of.speed_mps)}</Fact>
        <Fact name={t("heading")}>{of.heading_deg === null ? t("not_known") : direction(of.heading_deg)}</Fact>
        <Fact name={t("last_fix")}>
          <time dateTime={of.time} title={fullTime(of.time)} data-field="fix">{ago(of.time, now.value)}</time>
        </Fact>
        <Fact name={t("accuracy")}>{of.accuracy_m === null ? t("not_known") : `± ${metres(of.accuracy_m)}`}</Fact>
        {of.ignition !== null && <Fact name={t("ignition")}>{t(of.ignition ? "on" : "off")}</Fact>}
        <Fact name={t("place")}>{coordinates(of.lat, of.lon)}</Fact>
        <Fact name={t("district")}>{of.district}</Fact>
      </dl>
      <CamerasNear to={of} onChoose={onChoose} />
    </Frame>
  );
}

function CasePanel({ of, onChoose, onClose }: { of: Case; onChoose: (to: Selection) => void; onClose: () => void }) {
  return (
    <Frame symbol={<CaseSymbol of={of} size={40} />} kicker={of.number} title={caseTitle(of)} onClose={onClose}>
      {of.picture !== null && (
        <a href={caseAddress(of.number)} class="map-panel-picture" aria-label={t("open_case")}>
          <Photo src={evidenceUrl(of.picture)} alt={t("role_finding")} />
        </a>
      )}
      <div class="row">
        <StageBadge of={of} />
        <Countdown of={of} />
      </div>
      <Progress of={of} />
      {of.restored_at !== null && of.closed_at === null && (
        <p class="notice is-good">{t("case_restored_long", { time: moment(of.restored_at, now.value) })}</p>
      )}
      <dl class="facts">
        <Fact name={t("case_street")}>{caseStreet(of) || t("not_known")}</Fact>
        <Fact name={t("case_opened")}>{moment(of.opened_at ?? of.reported_at, now.value)}</Fact>
        <Fact name={t("case_department")}>{caseDepartment(of)}</Fact>
      </dl>
      <a class="button is-primary is-wide" href={caseAddress(of.number)}>{t("open_case")}</a>
      <VisitsLink place={of} time={of.reported_at} />
      <CamerasNear to={of} onChoose={onChoose} />
    </Frame>
  );
}

function CameraPanel({ of, onClose }: { of: Camera; onClose: () => void }) {
  const [large, setLarge] = useState(false);
  const time = stills.value.get(of.camera) ?? of.still_at;
  const here = openCases.value.filter((found) => found.camera === of.camera);
  const name = named(of.name, of.name_en);
  const src = time === null ? null : stillUrl(of.camera, time);
  return (
    <Frame symbol={<Symbol name="camera" />} kicker={of.camera} title={name || of.camera} onClose={onClose}>
      <button type="button" class="map-panel-picture" disabled={src === null} aria-label={t("picture_enlarge", { what: name })} onClick={() => setLarge(true)}>
        <Photo src={src} alt={name} />
      </button>
      <dl class="facts">
        <Fact name={t("camera_state")}><CameraState of={of} /></Fact>
        <Fact name={t("camera_still_age", { age: "" }).trim()}>{time === null ? t("camera_no_still") : ago(time, now.value)}</Fact>
        <Fact name={t("camera_heading")}>{of.heading_deg === null ? t("not_known") : direction(of.heading_deg)}</Fact>
      </dl>
      {here.length > 0 && <h3>{t("cases_here")}</h3>}
      {here.map((found) => (
        <CaseRow key={found.number} of={found} to={mapAddress(found.number)} />
      ))}
      {large && src !== null && <Lightbox slides={[{ src, caption: `${name} · ${moment(time ?? "", now.value)}` } satisfies Slide]} start={0} onClose={() => setLarge(false)} />}
    </Frame>
  );
}

export function CameraState({ of }: { of: Camera }) {
  const state = (of.state ?? "unknown").replaceAll(" ", "_");
  return (
    <span class={`camera-state is-${state}`}>
      <i class="dot" />
      {word("state", state)}
    </span>
  );
}

/** The cameras that may see a place, as one would open them. */
export function CamerasNear({ to, onChoose }: { to: LatLon; onChoose: (to: Selection) => void }) {
  if (!may("camera.read")) return null;
  const near = nearest(cameras.value, to, { withinM: NEAR_M, most: NEAR_MOST });
  return (
    <section class="near">
      <h3>{t("cameras_near")}</h3>
      {near.length === 0 && <p class="empty">{t("cameras_near_none", { distance: metres(NEAR_M) })}</p>}
      <div class="near-cameras">
        {near.map(({ thing, distanceM }) => {
          const time = stills.value.get(thing.camera) ?? thing.still_at;
          const name = named(thing.name, thing.name_en) || thing.camera;
          return (
            <button type="button" key={thing.camera} onClick={() => onChoose({ kind: "camera", id: thing.camera })}>
              <Photo src={time === null ? null : stillUrl(thing.camera, time, "thumbnail")} alt="" />
              <span>
                <strong>{name}</strong>
                <small>{metres(distanceM)}</small>
              </span>
            </button>
          );
        })}
      </div>
    </section>
  );
}

function ComponentPanel({ of, onClose }: { of: Feature; onClose: () => void }) {
  const properties = (of.properties ?? {}) as Record<string, string | null>;
  const [lon = 0, lat = 0] = of.geometry.type === "Point" ? of.geometry.coordinates : [];
  return (
    <Frame symbol={null} kicker={t("component")} title={named(properties["name"] ?? null, properties["name_en"] ?? null)} onClose={onClose}>
      <dl class="facts">
        <Fact name={t("case_component")}>{properties["code"] ?? t("not_known")}</Fact>
        <Fact name={t("case_code")}>{properties["class"] ?? t("not_known")}</Fact>
        <Fact name={t("place")}>{coordinates(lat, lon)}</Fact>
      </dl>
    </Frame>
  );
}
