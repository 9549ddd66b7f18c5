/** The frame of the staff phone: head, page, and the parts at the thumb. */

import { Icon, type IconName, Mark } from "../parts/icons";
import { later } from "../parts/later";
import { may, session } from "../state/live";
import { SignOn } from "../views/sign-on";
import { gps } from "./gps";
import { unsent } from "./outbox";
import { isOn } from "./positions";
import { address, type Route, route, type Tab, TABS } from "./routes";
import { begun, isOnline } from "./session";
import { CaseView } from "./views/case-view";
import { MeView } from "./views/me-view";
import { MineView } from "./views/mine-view";
import { OutboxView } from "./views/outbox-view";
import { ReportView } from "./views/report-view";
import { TasksView } from "./views/tasks-view";
import { TodayView } from "./views/today-view";
import { p } from "./words";

/** The map is five times as large as all else. */
const AroundView = later(() => import("./views/around-view"), "AroundView");

const ICONS: Record<Tab, IconName> = { today: "sun", tasks: "check", report: "plus", around: "map", mine: "cases" };

/** Whoever may not report has no such part. */
const tabs = (): readonly Tab[] => TABS.filter((tab) => tab !== "report" || may("case.report"));

export function App() {
  if (session.value === undefined) {
    return (
      <main class="waking">
        <Mark size={56} />
        <p>{p("phone")}</p>
      </main>
    );
  }
  if (session.value === null) {
    return (
      <>
        {!isOnline.value && <p class="phone-offline" role="status">{p("sign_on_offline")}</p>}
        <SignOn onSession={begun} />
      </>
    );
  }
  const here = route.value;
  return (
    <div class="phone">
      <header class="phone-head">
        {here.page === "case" || here.page === "outbox" || here.page === "me" ? (
          <button type="button" class="icon-button" aria-label={p("back")} onClick={() => history.back()}><Icon name="back" /></button>
        ) : (
          <a class="brand" href="/m/" aria-label={p("phone")}><Mark /></a>
        )}
        <h1 class={here.page === "case" ? "is-number" : ""}>{here.page === "case" ? here.number : here.page === null ? p("phone") : p(here.page)}</h1>
        {isOn() && gps.value === "on" && <span class="phone-reports" role="img" aria-label={p("me_position_short")} title={p("me_position_short")}><Icon name="pin" size={18} /></span>}
        <a class={`phone-outbox ${isOnline.value ? "" : "is-offline"}`} href={address({ page: "outbox" })} data-unsent={unsent.value.length}>
          {!isOnline.value && <span>{p("offline_short")}</span>}
          {unsent.value.length > 0 && <b>{unsent.value.length}</b>}
          <span class="hidden">{p("outbox")}</span>
          <Icon name="outbox" />
        </a>
        <a class="icon-button" href={address({ page: "me" })} aria-label={p("me")}><Icon name="user" /></a>
      </header>
      {!isOnline.value && <p class="phone-offline" role="status">{p("offline")}</p>}
      <main id="content" class={`phone-page is-${here.page ?? "nowhere"}`}>
        <Page of={here} />
      </main>
      <nav class="phone-tabs" aria-label={p("tabs")}>
        {tabs().map((tab) => (
          <a key={tab} href={address({ page: tab })} class={tab === "report" ? "is-report" : ""} aria-current={here.page === tab ? "page" : undefined}>
            <Icon name={ICONS[tab]} size={tab === "report" ? 26 : 22} />
            <span>{p(tab)}</span>
          </a>
        ))}
      </nav>
    </div>
  );
}

function Page({ of }: { of: Route }) {
  switch (of.page) {
    case "today":
      return <TodayView />;
    case "tasks":
      return <TasksView />;
    case "report":
      return <ReportView />;
    case "around":
      return <AroundView />;
    case "mine":
      return <MineView />;
    case "case":
      return <CaseView key={of.number} number={of.number} />;
    case "outbox":
      return <OutboxView />;
    case "me":
      return <MeView />;
    case null:
      return <p class="empty">{p("not_here")}</p>;
  }
}
