/** What rules found, as it is found: a list with filters, the map of it, and a case from any of it. */

import { useState } from "preact/hooks";
import { center } from "../api/client";
import type { EntityKind, RuleEvent } from "../api/types";
import { fullTime, moment } from "../format";
import { t, word } from "../i18n";
import { symbolImage } from "../map/sprites";
import { caseAddress } from "../parts/case-parts";
import { Fact } from "../parts/fact";
import { Filter } from "../parts/filter";
import { Icon } from "../parts/icons";
import { entityName } from "../parts/map-panel";
import { OpenCase } from "../parts/open-case";
import { sentence } from "../parts/problem";
import { ruleAndArea, ruleEventName, ruleEventValue } from "../parts/rule-event";
import { RuleEventsMap } from "../parts/rule-events-map";
import { address, go, isTrackable, route, type RuleEventsRoute } from "../routes";
import { now, reconnections, ruleEvents } from "../state/live";
import { keyOf, mergeRuleEvents, type RuleEventChoice } from "../state/rule-events";
import { usePages } from "../state/use-pages";

const KINDS: readonly EntityKind[] = ["vehicle", "person", "device"];
const WATCHES = ["fence", "key_area", "stall", "speed", "stop", "idling", "offline", "telemetry"];
const PHASES = ["begun", "ended"] as const;
const PAGE = 100;
const BACK_MS = 7 * 86_400_000;
/** A clock may be ahead of ours. */
const AHEAD_MS = 3_600_000;

export function EventsView() {
  const current = route.value;
  return current.page === "events" ? <Events of={current} /> : null;
}

function Events({ of }: { of: RuleEventsRoute }) {
  const list = useRuleEvents(of.choice);
  const change = (choice: Partial<RuleEventChoice>): void => go({ ...of, choice: { ...of.choice, ...choice } }, { replace: true });
  const choose = (key: string): void => go({ ...of, chosen: key === of.chosen ? null : key }, { replace: of.chosen !== null });
  return (
    <main id="content" class="past-view" onKeyDown={(event) => {
      if (event.key === "Escape" && of.chosen !== null) choose(of.chosen);
    }}>
      <section class="past-side" aria-label={t("events")}>
        <header class="past-head">
          <div>
            <h1>{t("events")}</h1>
            <p class="empty">{t("events_lead")}</p>
          </div>
        </header>
        <div class="events-filters">
          <Filter label={t("events_kind")} value={of.choice.kind} options={KINDS.map((kind) => [kind, word("kinds", kind)])} onChange={(kind) => change({ kind: kind as EntityKind | null })} />
          <Filter label={t("events_watches")} value={of.choice.watches} options={WATCHES.map((one) => [one, word("watches", one)])} onChange={(watches) => change({ watches })} />
          <Filter label={t("events_phase")} value={of.choice.phase} options={PHASES.map((phase) => [phase, t(`events_${phase}`)])} onChange={(phase) => change({ phase: phase as RuleEventChoice["phase"] })} />
        </div>
        {list.problem !== null && (
          <div class="notice is-bad" role="alert">
            <p>{sentence(list.problem)}</p>
            <button type="button" class="link-button" onClick={list.again}>{t("retry")}</button>
          </div>
        )}
        {list.events.length === 0 && list.problem === null && (list.busy ? <div class="skeleton" aria-busy="true" /> : <p class="empty" role="status">{t("events_none")}</p>)}
        <ol class="past-list" aria-live="polite" aria-relevant="additions">
          {list.events.map((event) => (
            <Row key={keyOf(event)} of={event} isChosen={keyOf(event) === of.chosen} onChoose={() => choose(keyOf(event))} />
          ))}
        </ol>
        {list.more !== null && <button type="button" class="button is-wide" disabled={list.busy} onClick={list.more}>{t("cases_more")}</button>}
      </section>
      <RuleEventsMap events={list.events} chosen={of.chosen} onChoose={choose} />
    </main>
  );
}

function Row({ of, isChosen, onChoose }: { of: RuleEvent; isChosen: boolean; onChoose: () => void }) {
  return (
    <li data-event={of.rule}>
      <button type="button" class={`past-entry is-event is-${of.phase}`} aria-pressed={isChosen} onClick={onChoose}>
        <span class="past-dot"><Icon name={of.phase === "begun" ? "warning" : "check"} size={15} /></span>
        <span class="past-words">
          <span>
            <strong>{ruleEventName(of)}</strong> <time dateTime={of.time} title={fullTime(of.time)}>{moment(of.time, now.value)}</time>
          </span>
          <small>{[entityName(of.kind, of.id, of.name), ruleAndArea(of)].join(" · ")}</small>
          <b>{ruleEventValue(of)}</b>
          {of.case_number !== null && <small class="badge">{t("events_has_case")}</small>}
        </span>
      </button>
      {isChosen && <Details of={of} />}
    </li>
  );
}

function Details({ of }: { of: RuleEvent }) {
  const [opening, setOpening] = useState(false);
  return (
    <div class="event-details">
      <dl class="facts">
        <Fact name={word("kind", of.kind)}>{of.name === null ? of.id : `${of.id} · ${of.name}`}</Fact>
        <Fact name={t("events_rule")}>{of.rule}</Fact>
        {of.area !== "" && <Fact name={t("events_area")}>{of.area}</Fact>}
        {ruleEventValue(of) !== "" && <Fact name={t(of.watches === "speed" ? "speed" : "watches_telemetry")}>{ruleEventValue(of)}</Fact>}
        {of.lat === null && <Fact name={t("place")}>{t("not_known")}</Fact>}
      </dl>
      <div class="row">
        <a class="button" href={address({ page: "map", selection: { kind: of.kind, id: of.id } })}>
          <img class="symbol" alt="" width={18} height={18} src={symbolImage(of.kind)} />
          {t("show_on_map")}
        </a>
        {isTrackable(of.kind) && (
          <a class="button" href={address({ page: "tracks", kind: of.kind, id: of.id, day: null, atMs: Date.parse(of.time) })}>
            <Icon name="track" size={18} />
            {t("track")}
          </a>
        )}
        {of.case_number !== null && <a class="button is-primary" href={caseAddress(of.case_number)}>{t("open_case")} {of.case_number}</a>}
        {of.case_number === null && !opening && (
          <button type="button" class="button is-primary" onClick={() => setOpening(true)}>
            <Icon name="cases" size={18} />
            {t("events_open_case")}
          </button>
        )}
      </div>
      {of.case_number === null && opening && <OpenCase from={of} onBack={() => setOpening(false)} />}
    </div>
  );
}

function useRuleEvents(choice: RuleEventChoice) {
  const ask = (cursor: string | null, begunMs: number) =>
    center.allRuleEvents({ ...choice, begin: new Date(begunMs - BACK_MS), end: new Date(begunMs + AHEAD_MS), cursor, limit: PAGE });
  const { pages, isCurrent, ...list } = usePages(JSON.stringify(choice), ask, reconnections.value);
  const fetched = isCurrent ? (pages ?? []).flatMap((page) => page.events) : [];
  return { ...list, events: mergeRuleEvents(fetched, ruleEvents.value, choice) };
}
