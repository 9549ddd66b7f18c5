/** Language and appearance. */

import { t } from "../i18n";
import { language, setLanguage, setShortcuts, setTheme, shortcuts, type Theme, theme } from "../state/preferences";
import { Icon, type IconName } from "./icons";

export const LanguageSwitch = () => (
  <button
    type="button"
    class="button is-quiet"
    lang={language.value === "zh" ? "en" : "zh-CN"}
    aria-label={t("language_label")}
    onClick={() => setLanguage(language.value === "zh" ? "en" : "zh")}
  >
    {t("language_switch")}
  </button>
);

const THEMES: readonly { value: Theme; icon: IconName }[] = [
  { value: "system", icon: "auto" },
  { value: "light", icon: "sun" },
  { value: "dark", icon: "moon" },
];

export const ThemeSwitch = () => (
  <div class="segments" role="radiogroup" aria-label={t("theme")}>
    {THEMES.map(({ value, icon }) => (
      <label key={value} title={t(`theme_${value}`)}>
        <input
          type="radio"
          name="theme"
          class="hidden"
          checked={theme.value === value}
          aria-label={t(`theme_${value}`)}
          onChange={() => setTheme(value)}
        />
        <Icon name={icon} size={18} />
      </label>
    ))}
  </div>
);

/** Keys without Ctrl or Alt may get in the way of speech input; whoever uses that turns them off (WCAG 2.1.4). */
export const ShortcutsSwitch = () => (
  <label class="switch">
    <input type="checkbox" role="switch" checked={shortcuts.value} onChange={(event) => setShortcuts(event.currentTarget.checked)} />
    <span />
    {t("shortcuts")}
  </label>
);
