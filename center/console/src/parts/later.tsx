/** A component whose code is fetched when it is first shown: what needs the map is five times as large as all else. */

import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";

/** @param placeholder shown until the code is there, around the sentence that says so if it cannot be had. */
export function later<Properties extends object, Name extends string>(
  load: () => Promise<Record<Name, ComponentType<Properties>>>,
  name: Name,
  placeholder: (content?: ComponentChildren) => ComponentChildren = (content) => <main id="content" class="page" aria-busy={content === undefined}>{content}</main>,
): ComponentType<Properties> {
  let loaded: ComponentType<Properties> | null = null;
  return function Later(properties: Properties) {
    const [failed, setFailed] = useState(false);
    const [round, setRound] = useState(0);
    useEffect(() => {
      if (loaded !== null) return undefined;
      let wanted = true;
      load().then(
        (module) => {
          loaded = module[name];
          if (wanted) setRound(round + 1);
        },
        () => wanted && setFailed(true),
      );
      return () => {
        wanted = false;
      };
    }, []);
    if (loaded !== null) {
      const Loaded = loaded;
      return <Loaded {...properties} />;
    }
    if (!failed) return <>{placeholder()}</>;
    return (
      <>
        {placeholder(
          <div class="notice is-bad" role="alert">
            <p>{t("failed_code")}</p>
            <button type="button" class="link-button" onClick={() => location.reload()}>{t("old_retry")}</button>
          </div>,
        )}
      </>
    );
  };
}
