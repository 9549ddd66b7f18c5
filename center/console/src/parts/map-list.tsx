/** Beside the map: search, kinds to show, and the open cases; all that is on the map, for the keyboard too. */

import { useState } from "preact/hooks";
import { named, t, typeName, word } from "../i18n";
import { number } from "../format";
import { MARK_KINDS, type MarkKind } from "../map/marks";
import { symbolImage } from "../map/sprites";
import { address, type Selection } from "../routes";
import { EVERY_OPEN_CASE } from "../state/case-choice";
import { cameras, now, openCases, openCount, picture, ruleEvents, version } from "../state/live";
import { onMap } from "../state/rule-events";
import { search } from "../state/search";
import { CaseRow, CaseSymbol, caseStreet, caseTitle, mapAddress } from "./case-parts";
import { Icon } from "./icons";

const MAX_RESULTS = 40;
/** The newest open cases are listed here, the others in the list of cases. */
const MAX_CASES = 100;

interface Properties {
  open: boolean;
  onOpen: (open: boolean) => void;
  kinds: ReadonlySet<MarkKind>;
  onToggle: (kind: MarkKind) => void;
  chosen: string | null;
  onChoose: (selection: Selection) => void;
}

export function MapList({ open, onOpen, kinds, onToggle, chosen, onChoose }: Properties) {
  const [text, setText] = useState("");
  const counts = count();
  if (!open) {
    return (
      <button type="button" class="float map-list-open" onClick={() => onOpen(true)}>
        <Icon name="panel" />
        <span>{t("map_panel_open")}</span>
        <b>{number(openCount.value)}</b>
      </button>
    );
  }
  return (
    <aside class="float map-list" aria-label={t("map_panel_open")}>
      <div class="map-search">
        <Icon name="search" size={18} />
        <input
          type="search"
          value={text}
          placeholder={t("map_search_short")}
          aria-label={t("map_search")}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            const [first] = search(text, 1).found;
            if (event.key === "Enter" && first !== undefined) onChoose(first);
          }}
        />
        <button type="button" class="icon-button" aria-label={t("map_panel_close")} onClick={() => onOpen(false)}>
          <Icon name="close" size={18} />
        </button>
      </div>
      <fieldset class="chips">
        <legend class="hidden">{t("map_kinds")}</legend>
        {MARK_KINDS.map((kind) => (
          <label key={kind} class="chip">
            <input type="checkbox" class="hidden" checked={kinds.has(kind)} onChange={() => onToggle(kind)} />
            <img class="symbol" alt="" width={18} height={18} src={symbolImage(kind === "case" ? "case-calm-other" : kind === "event" ? "path-event" : kind)} />
            {word("kinds", kind)} <b>{number(counts[kind] ?? 0)}</b>
          </label>
        ))}
      </fieldset>
      {text.trim() === "" ? <OpenCases chosen={chosen} /> : <Results text={text} chosen={chosen} onChoose={onChoose} />}
    </aside>
  );
}

function OpenCases({ chosen }: { chosen: string | null }) {
  const more = openCount.value - Math.min(openCases.value.length, MAX_CASES);
  return (
    <section class="map-list-body" aria-label={t("map_open_cases")}>
      <h2>
        {t("map_open_cases")} <b>{number(openCount.value)}</b>
      </h2>
      {openCases.value.length === 0 && <p class="empty">{t("map_no_cases")}</p>}
      {openCases.value.slice(0, MAX_CASES).map((found) => (
        <CaseRow key={found.number} of={found} to={mapAddress(found.number)} current={chosen === `case/${found.number}`} />
      ))}
      {more > 0 && <a class="button is-wide" href={address({ page: "cases", number: null, choice: EVERY_OPEN_CASE })}>{t("map_more_cases", { n: number(more) })}</a>}
    </section>
  );
}

function Results({ text, chosen, onChoose }: { text: string; chosen: string | null; onChoose: (to: Selection) => void }) {
  void version.value;
  const { found, more } = search(text, MAX_RESULTS);
  return (
    <section class="map-list-body" aria-label={t("map_results")} aria-live="polite">
      {found.length === 0 && <p class="empty">{t("map_no_results", { text: text.trim() })}</p>}
      <ul class="results">
        {found.map((one) => {
          const key = `${one.kind}/${one.id}`;
          return (
            <li key={key}>
              <a
                href={address({ page: "map", selection: one })}
                aria-current={chosen === key ? "true" : undefined}
                onClick={(event) => {
                  event.preventDefault();
                  onChoose(one);
                }}
              >
                <ResultLine of={one} />
              </a>
            </li>
          );
        })}
      </ul>
      {more > 0 && <p class="empty">{t("map_more_results", { n: more })}</p>}
    </section>
  );
}

function ResultLine({ of }: { of: Selection }) {
  if (of.kind === "case") {
    const found = openCases.value.find((one) => one.number === of.id);
    if (found === undefined) return <span>{of.id}</span>;
    return (
      <>
        <CaseSymbol of={found} />
        <span>
          <strong>{caseTitle(found)}</strong>
          <small>{caseStreet(found) || found.number}</small>
        </span>
      </>
    );
  }
  const camera = of.kind === "camera" ? cameras.value.find((one) => one.camera === of.id) : undefined;
  const entity = picture.entities.get(`${of.kind}/${of.id}`)?.entity;
  const more = camera ? [named(camera.name, camera.name_en)] : [entity?.name ?? "", typeName(entity?.entity_type ?? null)];
  return (
    <>
      <img class="symbol" alt="" width={26} height={26} src={symbolImage(of.kind)} />
      <span>
        <strong>{of.id}</strong>
        <small>{[word("kind", of.kind), ...more].filter(Boolean).join(" · ")}</small>
      </span>
    </>
  );
}

function count(): Partial<Record<MarkKind, number>> {
  void version.value;
  const counts: Partial<Record<MarkKind, number>> = {
    camera: cameras.value.length,
    case: openCount.value,
    event: onMap(ruleEvents.value, now.peek()).length,
  };
  for (const { entity } of picture.entities.values()) {
    if (entity.kind !== "camera") counts[entity.kind] = (counts[entity.kind] ?? 0) + 1;
  }
  return counts;
}
