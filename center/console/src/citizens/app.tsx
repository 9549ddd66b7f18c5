/** The public page: report a problem, or follow a report. */

import { useState } from "preact/hooks";
import { language, setLanguage } from "../state/preferences";
import { Follow } from "./follow";
import { Report } from "./report";
import { c } from "./words";

/** The fragment of a follow link, `#{number}` or `#{number}.{token}`: it is never sent to a server by itself. */
function linked(): { number: string; token: string | null } | null {
  const match = /^#([0-9A-Za-z]{10})(?:\.([0-9A-Za-z_-]{32,64}))?$/.exec(location.hash);
  return match === null ? null : { number: match[1]!.toUpperCase(), token: match[2] ?? null };
}

export function App() {
  const [link] = useState(linked);
  const [tab, setTab] = useState<"report" | "follow">(link === null ? "report" : "follow");
  return (
    <div class="citizens">
      <header>
        <h1>{c("title")}</h1>
        <button type="button" class="button is-small" data-language onClick={() => setLanguage(language.value === "zh" ? "en" : "zh")}>{c("language_switch")}</button>
      </header>
      <nav>
        {(["report", "follow"] as const).map((name) => (
          <button key={name} type="button" aria-current={tab === name ? "page" : undefined} data-tab={name} onClick={() => setTab(name)}>{c(name)}</button>
        ))}
      </nav>
      <main>{tab === "report" ? <Report /> : <Follow link={link} />}</main>
      <footer><small>{c("privacy")}</small></footer>
    </div>
  );
}
