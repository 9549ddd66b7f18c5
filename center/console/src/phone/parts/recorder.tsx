/** Records sound with the phone's microphone; where the browser cannot, it takes a sound that the phone recorded. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { p } from "../words";

/** What the center takes, the most widely played first. */
const TYPES = [["audio/mp4", "m4a"], ["audio/webm", "webm"], ["audio/ogg", "ogg"]] as const;
/** A minute of speech has some 0.4 MB; nobody listens to more. */
const LONGEST_S = 300;

const formOf = () => (typeof MediaRecorder === "undefined" ? undefined : TYPES.find(([type]) => MediaRecorder.isTypeSupported(type)));

export function Recorder({ onSound }: { onSound: (name: string, sound: Blob) => void }) {
  const recorder = useRef<MediaRecorder | null>(null);
  const [seconds, setSeconds] = useState<number | null>(null);
  const [denied, setDenied] = useState(false);
  const form = formOf();
  const isRecording = seconds !== null;

  useEffect(() => {
    if (!isRecording) return undefined;
    const timer = setInterval(() => setSeconds((before) => {
      if (before !== null && before + 1 >= LONGEST_S) recorder.current?.stop();
      return before === null ? null : before + 1;
    }), 1000);
    return () => clearInterval(timer);
  }, [isRecording]);
  useEffect(() => () => recorder.current?.stop(), []);

  if (form === undefined || navigator.mediaDevices === undefined) {
    return (
      <label class="button">
        <Icon name="sound" size={18} />
        {p("file_sound")}
        <input type="file" class="hidden" name="sound" accept="audio/*" capture="user" aria-label={p("file_add", { kind: p("file_sound") })} onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file !== undefined) onSound(file.name, file);
        }} />
      </label>
    );
  }
  const [type, ending] = form;
  const start = async (): Promise<void> => {
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      setDenied(true);
      return;
    }
    const pieces: Blob[] = [];
    const made = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 48_000 });
    recorder.current = made;
    made.addEventListener("dataavailable", ({ data }) => pieces.push(data));
    made.addEventListener("stop", () => {
      for (const track of stream.getTracks()) track.stop();
      setSeconds(null);
      recorder.current = null;
      onSound(`sound.${ending}`, new Blob(pieces, { type }));
    });
    made.start();
    setDenied(false);
    setSeconds(0);
  };
  return (
    <>
      <button type="button" class={`button ${isRecording ? "is-bad" : ""}`} data-record={isRecording ? "on" : "off"} onClick={() => (isRecording ? recorder.current?.stop() : void start())}>
        <Icon name="sound" size={18} />
        {isRecording ? p("sound_stop", { s: seconds }) : p("sound_record")}
      </button>
      {denied && <small role="alert">{p("sound_denied")}</small>}
    </>
  );
}
