/** Where the public page begins. */

import "../styles/base.css";
import "./citizens.css";
import { render } from "preact";
import { loadGroundBy } from "../map/ground";
import { dressDocument } from "../state/preferences";
import { App } from "./app";
import { layer } from "./client";
import { c } from "./words";

loadGroundBy(layer);
dressDocument(() => c("title"));
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
