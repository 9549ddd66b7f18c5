/** A draft as a form has it: each change is kept on the phone at once, in the order in which it was made. */

import { useEffect, useRef, useState } from "preact/hooks";
import { session } from "../state/live";
import { begin, addFile, discard, drafts, release, write } from "./outbox";
import { type Draft, type FileKind, type FileProblem, fileProblem, type What } from "./draft";
import { PictureUnreadable, ready } from "./pictures";
import { dropFile, filesOf, NoRoom, NoStorage, type StoredFile } from "./storage";

/** Why something was not kept. */
export type KeepProblem = FileProblem | "no_room" | "no_storage" | "no_picture" | "other";

export interface Writing<Of extends What> {
  what: Of;
  /** Null before the first change. */
  draft: Draft | null;
  files: readonly StoredFile[];
  problem: { code: KeepProblem; sizeMb: number } | null;
  change: (what: Of) => void;
  add: (kind: FileKind, name: string, content: Blob) => Promise<void>;
  remove: (file: StoredFile) => void;
  /** When everything is kept: to the outbox. */
  send: () => Promise<void>;
  discard: () => Promise<void>;
}

const MB = 1_048_576;

/** @param found the draft to go on with; null to begin one with the first change. */
export function useDraft<Of extends What>(found: Draft | null, nothing: Of): Writing<Of> {
  const kept = useRef<Draft | null>(found);
  const chain = useRef<Promise<unknown>>(Promise.resolve());
  const [what, setWhat] = useState<Of>((found?.what ?? nothing) as Of);
  const [files, setFiles] = useState<readonly StoredFile[]>([]);
  const [problem, setProblem] = useState<Writing<Of>["problem"]>(null);
  const latest = useRef(what);
  const shown = useRef(files);
  shown.current = files;

  useEffect(() => {
    if (found !== null) void filesOf(found.id).then(setFiles, () => {});
  }, []);

  /** One after the other; what fails does not stop the next. */
  const after = <Result,>(work: () => Promise<Result>): Promise<Result | undefined> => {
    const next = chain.current.then(work).catch((error: unknown) => {
      setProblem({ code: codeOf(error), sizeMb: 0 });
      return undefined;
    });
    chain.current = next;
    return next;
  };
  const current = (): Draft => (kept.current ??= begin(session.peek()?.login ?? "", latest.current));

  return {
    what,
    draft: drafts.value.find(({ id }) => id === kept.current?.id) ?? kept.current,
    files,
    problem,
    change: (next) => {
      latest.current = next;
      setWhat(next);
      void after(async () => {
        kept.current = await write(current(), latest.current);
      });
    },
    add: async (kind, name, content) => {
      setProblem(null);
      await after(async () => {
        const small = kind === "video" || kind === "sound" ? content : await ready(content);
        const refused = fileProblem(small.size, shown.current);
        if (refused !== null) {
          setProblem({ code: refused, sizeMb: small.size / MB });
          return;
        }
        const file = await addFile({ ...current(), what: latest.current, state: "writing", changedMs: Date.now() }, kind, name, small);
        shown.current = [...shown.current, file];
        setFiles(shown.current);
      });
    },
    remove: (file) => {
      setProblem(null);
      void after(async () => {
        await dropFile(file.key);
        shown.current = shown.current.filter(({ key }) => key !== file.key);
        setFiles(shown.current);
      });
    },
    send: async () => {
      await after(async () => {
        kept.current = await write(current(), latest.current);
        await release(kept.current);
      });
    },
    discard: async () => {
      await after(async () => {
        if (kept.current !== null) await discard(kept.current);
        kept.current = null;
      });
    },
  };
}

function codeOf(error: unknown): KeepProblem {
  if (error instanceof NoRoom) return "no_room";
  if (error instanceof NoStorage) return "no_storage";
  return error instanceof PictureUnreadable ? "no_picture" : "other";
}
