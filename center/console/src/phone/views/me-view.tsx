/** The account, the phone's storage, appearance. */

import { useEffect, useState } from "preact/hooks";
import { number } from "../../format";
import { t } from "../../i18n";
import { Icon } from "../../parts/icons";
import { LanguageSwitch, ThemeSwitch } from "../../parts/switches";
import { session } from "../../state/live";
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
      <section class="card phone-me">
        {newer.value !== null && <p class="notice">{p("me_update")} <button type="button" class="link-button" onClick={takeNewer}>{p("me_update_take")}</button></p>}
        {installable.value !== null && <button type="button" class="button is-wide" onClick={() => void installable.value?.prompt()}>{p("me_install")}</button>}
        <small>{p("me_install_hint")}</small>
        {space !== null && <small>{p("me_storage", { used: number(space.usedMb, 1), of: number(space.ofMb) })}</small>}
      </section>
    </>
  );
}
