/** What the public may see of a case: an acceptor releases pictures, and the words of citizens' reports. */

import { useEffect, useState } from "preact/hooks";
import { center, evidenceUrl } from "../api/client";
import type { EvidenceFile, Publication } from "../api/types";
import { t } from "../i18n";
import { Thumbnail } from "./photo";
import { sentence } from "./problem";

const toggled = (list: readonly string[], one: string): string[] => (list.includes(one) ? list.filter((each) => each !== one) : [...list, one]);

/** Nothing for a case without a citizen's report: nothing of it is public. */
export function PublicRelease({ number, files }: { number: string; files: readonly EvidenceFile[] }) {
  const [known, setKnown] = useState<Publication | null>(null);
  const [released, setReleased] = useState<string[]>([]);
  const [words, setWords] = useState<string[]>([]);
  const [said, setSaid] = useState("");
  const [isSaving, setSaving] = useState(false);

  const take = (found: Publication): void => {
    setKnown(found);
    setReleased(found.files);
    setWords(found.requests.filter((request) => request.words_released).map((request) => request.service_request_id));
  };
  useEffect(() => {
    let wanted = true;
    center.publication(number).then((found) => wanted && take(found), (error: unknown) => wanted && setSaid(sentence(error)));
    return () => {
      wanted = false;
    };
  }, [number]);
  if (known === null || known.requests.length === 0) return null;

  const save = async (): Promise<void> => {
    setSaving(true);
    try {
      take(await center.publish(number, { files: released, words_of: words }));
      setSaid(t("release_saved"));
    } catch (error) {
      setSaid(sentence(error));
    } finally {
      setSaving(false);
    }
  };
  const pictures = [...new Set(files.filter((file) => file.media_type.startsWith("image/")).map((file) => file.digest))];
  return (
    <section class="card public-release" data-release>
      <h3>{t("release")}</h3>
      <p>{t("release_lead")}</p>
      {known.requests.map((request) => (
        <div key={request.service_request_id}>
          <label>
            <input type="checkbox" checked={words.includes(request.service_request_id)} onChange={() => setWords(toggled(words, request.service_request_id))} />
            {t("release_words", { number: request.service_request_id })}
          </label>
          <blockquote>{[request.description, request.address].filter(Boolean).join(" · ") || t("release_none")}</blockquote>
        </div>
      ))}
      <div class="row">
        {pictures.map((digest, place) => (
          <label key={digest}>
            <Thumbnail src={evidenceUrl(digest, "thumbnail")} alt="" />
            <span><input type="checkbox" checked={released.includes(digest)} onChange={() => setReleased(toggled(released, digest))} /> {t("release_picture", { n: place + 1 })}</span>
          </label>
        ))}
      </div>
      <div class="row">
        <button type="button" class="button" disabled={isSaving} onClick={() => void save()}>{t("release_save")}</button>
        <span role="status">{said}</span>
      </div>
    </section>
  );
}
