/** Pictures by what they show, video and sound of a draft. */

import { useEffect, useState } from "preact/hooks";
import { number } from "../../format";
import { Icon } from "../../parts/icons";
import { type FileKind, MAX_FILE_BYTES, MAX_FILES, MAX_FILES_BYTES, type PictureKind, totalOf } from "../draft";
import type { StoredFile } from "../storage";
import type { Writing } from "../use-draft";
import { p } from "../words";
import { Recorder } from "./recorder";

const MB = 1_048_576;

interface Properties {
  of: Pick<Writing<never>, "files" | "problem" | "add" | "remove">;
  kinds: readonly PictureKind[];
}

export function FilesField({ of, kinds }: Properties) {
  const take = (kind: FileKind) => (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const chosen = [...(input.files ?? [])];
    input.value = ""; // the same file can be chosen again
    void (async () => {
      for (const file of chosen) await of.add(kind, file.name, file);
    })();
  };
  return (
    <fieldset class="phone-files">
      <legend>{p("files")}</legend>
      <div class="phone-adders">
        {kinds.map((kind) => (
          <label key={kind} class="button">
            <Icon name="photo" size={18} />
            {p(`file_${kind}`)}
            <input type="file" class="hidden" name={kind} accept="image/jpeg,image/png,image/webp,image/*" capture="environment" multiple aria-label={p("file_add", { kind: p(`file_${kind}`) })} onChange={take(kind)} />
          </label>
        ))}
        <label class="button">
          <Icon name="cameras" size={18} />
          {p("file_video")}
          <input type="file" class="hidden" name="video" accept="video/mp4,video/webm,video/*" capture="environment" aria-label={p("file_add", { kind: p("file_video") })} onChange={take("video")} />
        </label>
        <Recorder onSound={(name, sound) => void of.add("sound", name, sound)} />
      </div>
      {of.files.length > 0 && (
        <ul class="phone-shown">
          {of.files.map((file, index) => <Shown key={file.key} file={file} n={1 + of.files.slice(0, index).filter(({ kind }) => kind === file.kind).length} onRemove={() => of.remove(file)} />)}
        </ul>
      )}
      {of.files.length > 0 && <small>{p("file_size", { size: number(totalOf(of.files) / MB, 1), most: MAX_FILES_BYTES / MB })}</small>}
      {of.problem !== null && <p class="notice is-bad" role="alert">{problemWords(of.problem)}</p>}
    </fieldset>
  );
}

function problemWords({ code, sizeMb }: NonNullable<Properties["of"]["problem"]>): string {
  switch (code) {
    case "too_large":
      return p("file_too_large", { size: number(sizeMb, 1), most: MAX_FILE_BYTES / MB });
    case "too_much":
      return p("file_too_much", { most: MAX_FILES_BYTES / MB });
    case "too_many":
      return p("file_too_many", { most: MAX_FILES });
    case "no_picture":
      return p("file_no_picture");
    case "no_room":
      return p("file_no_room");
    case "no_storage":
    case "other":
      return p("file_no_storage");
  }
}

function Shown({ file, n, onRemove }: { file: StoredFile; n: number; onRemove: () => void }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(file.blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file.blob]);
  const kind = p(`file_${file.kind}`);
  return (
    <li data-file={file.kind}>
      {url !== null && file.kind === "video" && <video src={url} muted playsInline preload="metadata" aria-label={p("file_shown", { kind, n })} />}
      {url !== null && file.kind === "sound" && <audio src={url} controls aria-label={p("file_shown", { kind, n })} />}
      {url !== null && file.kind !== "video" && file.kind !== "sound" && <img src={url} alt={p("file_shown", { kind, n })} />}
      <span>{kind}</span>
      <button type="button" class="icon-button" aria-label={p("file_remove", { kind, n })} onClick={onRemove}><Icon name="close" size={18} /></button>
    </li>
  );
}
