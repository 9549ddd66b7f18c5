/** Changing one's own password. */

import { useEffect, useRef, useState } from "preact/hooks";
import { center, Refused } from "../api/client";
import { t } from "../i18n";
import { needed } from "./needed";
import { sentence } from "./problem";

const SHORTEST = 15;

export function PasswordForm({ login, onDone }: { login: string; onDone: () => void }) {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<{ good: boolean; text: string } | null>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>("input[name=present]")?.focus(), []);

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const [present, wanted, again] = ["present", "wanted", "again"].map((name) => String(given.get(name)));
    if (wanted !== again) {
      setSaid({ good: false, text: t("password_differ") });
      return;
    }
    setBusy(true);
    setSaid(null);
    center
      .changePassword(String(present), String(wanted))
      .then(() => {
        form.current?.reset();
        setSaid({ good: true, text: t("password_changed") });
      })
      .catch((error: unknown) => setSaid({ good: false, text: refusal(error) }))
      .finally(() => setBusy(false));
  };
  return (
    <form ref={form} class="password-form" onSubmit={submit} aria-label={t("password_change")}>
      <input class="hidden" name="username" value={login} autocomplete="username" readOnly tabIndex={-1} aria-hidden="true" />
      <Secret name="present" label={t("password_present")} complete="current-password" />
      <Secret name="wanted" label={t("password_new")} complete="new-password" />
      <Secret name="again" label={t("password_again")} complete="new-password" />
      <p class="hint">{t("password_rule", { n: SHORTEST })}</p>
      <p class={said === null ? "hidden" : `notice ${said.good ? "is-good" : "is-bad"}`} role="status">{said?.text}</p>
      <div class="row">
        <button type="submit" class="button is-primary" disabled={busy}>{t(busy ? "password_busy" : "password_change")}</button>
        <button type="button" class="button" disabled={busy} onClick={onDone}>{t("do_back")}</button>
      </div>
    </form>
  );
}

const Secret = ({ name, label, complete }: { name: string; label: string; complete: "current-password" | "new-password" }) => (
  <label class="field">
    {label}
    <input type="password" name={name} {...needed(t("field_needed"))} maxLength={200} autocomplete={complete} />
  </label>
);

/** What the center says of a password that it doesn't take, in the language that is set. */
export function refusal(error: unknown): string {
  if (!(error instanceof Refused)) return sentence(error);
  switch (error.problem.code) {
    case "password_too_short":
      return t("password_too_short", { n: SHORTEST });
    case "password_too_common":
      return t("password_too_common");
    case "wrong_password":
      return t("password_wrong");
    case "too_many_attempts":
      return t("sign_on_wait", { seconds: error.retryAfterS ?? 60 });
    case "sign_on_busy":
      return t("sign_on_crowded");
    default:
      return sentence(error);
  }
}
