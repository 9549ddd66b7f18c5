/** Where the page begins. */

import "./styles/base.css";
import "./styles/frame.css";
import "./styles/map.css";
import "./styles/cases.css";
import "./styles/pages.css";
import "./styles/past.css";
import { render } from "preact";
import { App } from "./app";
import { t } from "./i18n";
import { followAddress, route } from "./routes";
import { wake } from "./state/live";
import { dressDocument } from "./state/preferences";

dressDocument(() => `${t(route.value.page === null ? "nowhere" : `nav_${route.value.page}`)} · ${t("product")}`);
followAddress();
wake();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
