/** Where the staff phone begins. */

import "../styles/base.css";
import "../styles/cases.css";
import "../styles/pages.css";
import "./phone.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { session } from "../state/live";
import { dressDocument } from "../state/preferences";
import { App } from "./app";
import { areRead, keepSending, readDrafts } from "./outbox";
import { followAddress, route } from "./routes";
import { begin, reportPositions } from "./positions";
import { confirmed, wake } from "./session";
import { install } from "./update";
import { p } from "./words";

dressDocument(() => `${route.value.page === null || route.value.page === "case" ? p("phone") : p(route.value.page)} · ${p("phone")}`);
followAddress();
void wake();
effect(() => {
  void session.value?.login;
  void readDrafts().catch(() => {
    areRead.value = true; // without storage there is nothing to read
  });
});
effect(() => {
  void confirmed.value?.login;
  void begin();
});
keepSending();
reportPositions();
install();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
