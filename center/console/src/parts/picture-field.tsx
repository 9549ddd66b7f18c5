/** Pictures to be sent along. The browser's own field speaks the browser's language; this one the language that is set. */

import type { Ref } from "preact";
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "./icons";
import { needed } from "./needed";

interface Properties {
  isNeeded?: boolean;
  field?: Ref<HTMLInputElement> | null;
}

export function PictureField({ isNeeded = false, field = null }: Properties) {
  const [names, setNames] = useState<readonly string[]>([]);
  const { onInput, ...demand } = isNeeded ? needed(t("do_pictures_needed")) : { onInput: undefined };
  return (
    <div class="field picture-field">
      <label>
        {t("do_pictures")}
        <input
          ref={field}
          type="file"
          name="pictures"
          class="hidden"
          accept="image/jpeg,image/png,image/webp"
          multiple
          {...demand}
          onInput={(event) => {
            onInput?.(event);
            setNames([...(event.currentTarget.files ?? [])].map(({ name }) => name));
          }}
        />
        <span class="button"><Icon name="plus" size={16} />{t("do_pictures_choose")}</span>
      </label>
      {names.length > 0 && <small role="status">{names.join(", ")}</small>}
      <small>{t("do_pictures_hint")}</small>
    </div>
  );
}
