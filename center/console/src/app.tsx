/** The frame: brand, places, status, and the page that the address names. */

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "./i18n";
import { Bell } from "./parts/bell";
import { commandOf, TYPES } from "./parts/case-keys";
import { Icon, type IconName, Mark } from "./parts/icons";
import { EndsSoon, OldPicture, StatusStrip } from "./parts/status-strip";
import { later } from "./parts/later";
import { PasswordForm } from "./parts/password-form";
import { LanguageSwitch, ShortcutsSwitch, ThemeSwitch } from "./parts/switches";
import { Toasts } from "./parts/toasts";
import { address, go, RADIUS_M, type Route, route } from "./routes";
import { endsSoonMs, may, openCount, session, signOff } from "./state/live";
import { shortcuts } from "./state/preferences";
import { EVERY_OPEN_CASE } from "./state/case-choice";
import { EVERY_RULE_EVENT } from "./state/rule-events";
import { LAST_HOUR } from "./state/visits";
import { CamerasView } from "./views/cameras-view";
import { CasesView } from "./views/cases-view";
import { SignOn } from "./views/sign-on";
import { SystemView } from "./views/system-view";

const EventsView = later(() => import("./views/events-view"), "EventsView");
const MapView = later(() => import("./views/map-view"), "MapView");
const TrackView = later(() => import("./views/track-view"), "TrackView");
const PeopleView = later(() => import("./views/people-view"), "PeopleView");
const RightsView = later(() => import("./views/rights-view"), "RightsView");
const AuditView = later(() => import("./views/audit-view"), "AuditView");
const ReportView = later(() => import("./views/report-view"), "ReportView");
const SearchView = later(() => import("./views/search-view"), "SearchView");
const HotlineView = later(() => import("./views/hotline-view"), "HotlineView");
const WorkflowView = later(() => import("./views/workflow-view"), "WorkflowView");
const VisitsView = later(() => import("./views/visits-view"), "VisitsView");

const PLACES: readonly { page: Exclude<Route["page"], "tracks" | "search" | "rights" | "audit" | "report" | "workflow" | null>; icon: IconName; to: Route }[] = [
  { page: "map", icon: "map", to: { page: "map", selection: null } },
  { page: "cases", icon: "cases", to: { page: "cases", number: null, choice: EVERY_OPEN_CASE } },
  { page: "hotline", icon: "report", to: { page: "hotline" } },
  { page: "events", icon: "events", to: { page: "events", chosen: null, choice: EVERY_RULE_EVENT } },
  { page: "cameras", icon: "cameras", to: { page: "cameras", camera: null } },
  { page: "visits", icon: "visits", to: { page: "visits", place: null, radiusM: RADIUS_M, window: LAST_HOUR } },
  { page: "people", icon: "user", to: { page: "people", register: "accounts", entry: null } },
  { page: "system", icon: "system", to: { page: "system" } },
];
/** Pages behind a place of the navigation. */
const PEOPLE: ReadonlySet<Route["page"]> = new Set(["people", "rights", "audit"]);

/** Whoever works on cases finds people in the menu of the account; to an administrator they are the first place. */
const isPlace = (page: (typeof PLACES)[number]["page"]): boolean => isAllowed(page) && (page !== "people" || (may("people.administer") && !may("case.read")));

export function App() {
  if (session.value === undefined) {
    return (
      <main class="waking">
        <Mark size={56} />
        <p>{t("product")}</p>
        <OldPicture />
      </main>
    );
  }
  if (session.value === null) return <SignOn />;
  const places = PLACES.filter(({ page }) => isPlace(page));
  return (
    <div class="app">
      <a class="skip" href="#content">{t("skip_to_content")}</a>
      <header class="top">
        <a class="brand" aria-label={t("product")} href={address(places[0]?.to ?? { page: "map", selection: null })}>
          <Mark />
          <span>{t("product")}</span>
        </a>
        <nav class="nav" aria-label={t("nav")}>
          {places.map(({ page, icon, to }) => (
            <a key={page} href={address(to)} title={t(`nav_${page}`)} aria-current={route.value.page === page || (page === "people" && PEOPLE.has(route.value.page)) ? "page" : undefined}>
              <Icon name={icon} />
              <span>{t(`nav_${page}`)}</span>
              {page === "cases" && openCount.value > 0 && <b aria-hidden="true">{openCount.value}</b>}
            </a>
          ))}
        </nav>
        <StatusStrip />
        <div class="corner">
          {may("city.read") && <SearchLink />}
          {may("case.read") && <Bell />}
          <Account />
        </div>
      </header>
      {endsSoonMs.value === null ? <OldPicture /> : <EndsSoon />}
      {isAllowed(route.value.page) ? <Page page={route.value.page} /> : <NotAllowed to={places[0]} />}
      <Toasts />
    </div>
  );
}

/** The right to see anything on a page at all; the center cuts what is on it. */
const RIGHTS: Readonly<Record<Exclude<Route["page"], null>, string>> = {
  map: "live.read", cases: "case.read", events: "history.read", cameras: "camera.read", visits: "history.read", tracks: "history.read",
  system: "system.read", workflow: "case.read", people: "people.read", rights: "rights.administer", audit: "audit.read", report: "case.report",
  search: "city.read", hotline: "case.call_back",
};

const isAllowed = (page: Route["page"]): boolean => page === null || may(RIGHTS[page]);

/** The way to the search, also by the key `/` on pages that have no list to search in. */
function SearchLink() {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const types = (event.target as Element).matches(TYPES);
      if (event.defaultPrevented || commandOf(event, { types, isControl: false }) !== "search" || !shortcuts.value) return;
      if (document.querySelector("[data-search], dialog[open]") !== null) return;
      event.preventDefault();
      go({ page: "search", words: "" });
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return (
    <a class="icon-button" href={address({ page: "search", words: "" })} aria-label={t("nav_search")} title={t("nav_search")} aria-current={route.value.page === "search" ? "page" : undefined}>
      <Icon name="search" />
    </a>
  );
}

/** Whoever comes to the console's first address is led to the first place that is theirs. */
function NotAllowed({ to }: { to: (typeof PLACES)[number] | undefined }) {
  const isStart = location.pathname === "/";
  useEffect(() => {
    if (isStart && to !== undefined) go(to.to, { replace: true });
  }, [isStart, to]);
  return (
    <main id="content" class="page nowhere">
      <h1>{t("place_not_allowed")}</h1>
      <p>{t("place_not_allowed_long")}</p>
      {to !== undefined && <a class="button is-primary" href={address(to.to)}>{t(`nav_${to.page}`)}</a>}
    </main>
  );
}

function Page({ page }: { page: Route["page"] }) {
  switch (page) {
    case "map":
      return <MapView />;
    case "cases":
      return <CasesView />;
    case "cameras":
      return <CamerasView />;
    case "tracks":
      return <TrackView />;
    case "visits":
      return <VisitsView />;
    case "events":
      return <EventsView />;
    case "system":
      return <SystemView />;
    case "people":
      return <PeopleView />;
    case "rights":
      return <RightsView />;
    case "audit":
      return <AuditView />;
    case "report":
      return <ReportView />;
    case "search":
      return <SearchView />;
    case "hotline":
      return <HotlineView />;
    case "workflow":
      return <WorkflowView />;
    case null:
      return <NowhereView />;
  }
}

function NowhereView() {
  return (
    <main id="content" class="page nowhere">
      <h1>{t("nowhere")}</h1>
      <p>{t("nowhere_long", { path: address(route.value) })}</p>
      <a class="button is-primary" href="/map">{t("nowhere_map")}</a>
    </main>
  );
}

function Account() {
  const [open, setOpen] = useState(false);
  const [changing, setChanging] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const name = session.value?.display_name || session.value?.login || "";
  useEffect(() => {
    if (!open) {
      setChanging(false);
      return undefined;
    }
    const outside = (event: Event): void => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    const escape = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      setOpen(false);
      box.current?.querySelector<HTMLElement>("button[aria-expanded]")?.focus();
    };
    addEventListener("pointerdown", outside);
    addEventListener("keydown", escape);
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("keydown", escape);
    };
  }, [open]);
  return (
    <div class="account" ref={box}>
      <LanguageSwitch />
      <button type="button" class="icon-button" aria-expanded={open} aria-label={t("account")} onClick={() => setOpen(!open)}>
        <Icon name="user" />
      </button>
      {open && (
        <div class="float account-menu">
          <p>{t("signed_on_as", { name })}</p>
          <div class="row">
            <span>{t("theme")}</span>
            <ThemeSwitch />
          </div>
          <ShortcutsSwitch />
          {may("people.read") && (
            <a class="button is-wide" href={address({ page: "people", register: may("people.administer") ? "accounts" : "duty", entry: null })} onClick={() => setOpen(false)}>
              <Icon name="user" size={18} />
              {t(may("people.administer") ? "people_administer" : "people")}
            </a>
          )}
          {changing ? (
            <PasswordForm login={session.value?.login ?? ""} onDone={() => setChanging(false)} />
          ) : (
            <>
              <button type="button" class="button is-wide" onClick={() => setChanging(true)}>
                {t("password_change")}
              </button>
              <button type="button" class="button is-wide" onClick={() => void signOff()}>
                <Icon name="out" size={18} />
                {t("sign_off")}
              </button>
            </>
          )}
        </div>
      )}
    </div>
  );
}
