/** The account, the phone's storage, appearance. */

import { useEffect, useState } from "preact/hooks";
import { number } from "../../format";
import { t } from "../../i18n";
import { Icon } from "../../parts/icons";
import { LanguageSwitch, ThemeSwitch } from "../../parts/switches";
import { session } from "../../state/live";
import { phone, setWanted, waitingFixes, wanted } from "../positions";
import { signOff } from "../session";
import { room } from "../storage";
import { installable, newer, takeNewer } from "../update";
import { p } from "../words";

export function MeView() {
  const [space, setSpace] = useState<{ usedMb: number; ofMb: number } | null>(null);
  useEffect(() => void room().then(setSpace, () => {}), []);
  return (
    <>
      <section class="card phone-me">
        <p>{p("me_signed_on", { name: session.value?.display_name || (session.value?.login ?? "") })}</p>
        <div class="row"><span>{t("theme")}</span><ThemeSwitch /><LanguageSwitch /></div>
        <button type="button" class="button is-wide" data-sign-off onClick={() => void signOff()}><Icon name="out" size={18} />{t("sign_off")}</button>
        <small>{p("me_drafts_stay")}</small>
      </section>
      <Position />
      <section class="card phone-me">
        {newer.value !== null && <p class="notice">{p("me_update")} <button type="button" class="link-button" onClick={takeNewer}>{p("me_update_take")}</button></p>}
        {installable.value !== null && <button type="button" class="button is-wide" onClick={() => void installable.value?.prompt()}>{p("me_install")}</button>}
        <small>{p("me_install_hint")}</small>
        {space !== null && <small>{p("me_storage", { used: number(space.usedMb, 1), of: number(space.ofMb) })}</small>}
      </section>
    </>
  );
}

function Position() {
  const known = phone.value;
  const words =
    known === null ? "" : !known.reports ? p("me_position_not_taken") : known.device === null ? p("me_position_no_device") : wanted.value ? p("me_position_on", { device: `person/${known.device}`, s: known.every_s }) : p("me_position_off");
  return (
    <section class="card phone-me">
      <label class="switch">
        <input type="checkbox" role="switch" name="position" checked={wanted.value} disabled={known === null || known.device === null || !known.reports} onChange={(event) => setWanted(event.currentTarget.checked)} />
        <span />
        {p("me_position")}
      </label>
      <small role="status" data-position={words === "" ? "unknown" : known?.device ?? "none"}>{words}</small>
      {waitingFixes.value > 0 && <small>{p("me_position_waiting", { n: waitingFixes.value })}</small>}
    </section>
  );
}
