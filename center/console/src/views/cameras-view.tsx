/** The wall: the newest still of every camera. */

import { stillUrl } from "../api/client";
import type { Camera } from "../api/types";
import { ago, moment } from "../format";
import { named, t } from "../i18n";
import { CameraState } from "../parts/map-panel";
import { caseAddress, CaseSymbol } from "../parts/case-parts";
import { Lightbox, Photo } from "../parts/photo";
import { address, go, route } from "../routes";
import { cameras, camerasKnown, now, openCases, stills } from "../state/live";

export function CamerasView() {
  const current = route.value;
  const all = cameras.value;
  const slides = all.flatMap(({ camera, name, name_en, still_at }) => {
    const time = stills.value.get(camera) ?? still_at;
    return time === null ? [] : [{ camera, src: stillUrl(camera, time), caption: `${named(name, name_en) || camera} · ${moment(time, now.value)}` }];
  });
  const asked = current.page === "cameras" ? current.camera : null;
  const open = asked === null ? -1 : slides.findIndex((one) => one.camera === asked);
  return (
    <main id="content" class="page">
      <header class="page-head">
        <h1>{t("cameras")}</h1>
        <p>{t("cameras_lead")}</p>
      </header>
      {all.length === 0 && camerasKnown.value && <p class="empty">{t("cameras_none")}</p>}
      {asked !== null && camerasKnown.value && !all.some((one) => one.camera === asked) && <p class="notice is-bad" role="alert">{t("camera_unknown", { id: asked })}</p>}
      <ul class="wall">
        {all.map((camera) => (
          <Tile key={camera.camera} of={camera} />
        ))}
      </ul>
      {open >= 0 && <Lightbox slides={slides} start={open} onClose={() => go({ page: "cameras", camera: null })} />}
    </main>
  );
}

function Tile({ of }: { of: Camera }) {
  const time = stills.value.get(of.camera) ?? of.still_at;
  const name = named(of.name, of.name_en) || of.camera;
  const here = openCases.value.filter((found) => found.camera === of.camera);
  return (
    <li class="tile">
      {time === null ? (
        <Photo class="tile-none" src={null} alt="" />
      ) : (
        <a class="tile-picture" href={address({ page: "cameras", camera: of.camera })}>
          <Photo src={stillUrl(of.camera, time)} alt={t("picture_enlarge", { what: name })} />
          <span class="tile-age">{ago(time, now.value)}</span>
        </a>
      )}
      <div class="tile-words">
        <div>
          <strong>{name}</strong>
          <small>{of.camera}</small>
        </div>
        <CameraState of={of} />
      </div>
      <div class="tile-foot">
        <a href={address({ page: "map", selection: { kind: "camera", id: of.camera } })}>{t("show_on_map")}</a>
        <span class="row">
          {here.map((found) => (
            <a key={found.number} href={caseAddress(found.number)} title={found.number} aria-label={`${t("open_case")} ${found.number}`}>
              <CaseSymbol of={found} size={28} />
            </a>
          ))}
        </span>
      </div>
    </li>
  );
}
