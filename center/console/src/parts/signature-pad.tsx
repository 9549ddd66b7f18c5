/** A pad to sign on, with a finger, a pen or a mouse. */

import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { drawnTo, pointAt, type Stroke } from "../state/pen";

const WIDTH = 600;
const HEIGHT = 240;

export function SignaturePad({ label, strokes, onDraw }: { label: string; strokes: readonly Stroke[]; onDraw: (strokes: readonly Stroke[]) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const now = useRef(strokes);
  now.current = strokes;
  useEffect(() => {
    const pen = canvas.current?.getContext("2d");
    if (!pen) return;
    pen.clearRect(0, 0, WIDTH, HEIGHT);
    pen.lineWidth = 4;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "#111";
    for (const stroke of strokes) {
      pen.beginPath();
      for (const [x, y] of stroke) pen.lineTo(x * WIDTH, y * HEIGHT);
      pen.stroke();
    }
  }, [strokes]);
  const at = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return pointAt(event.clientX - box.left, event.clientY - box.top, box.width, box.height);
  };
  return (
    <div class="signature">
      <canvas
        ref={canvas}
        width={WIDTH}
        height={HEIGHT}
        role="img"
        aria-label={t("doc_pad", { who: label })}
        data-pad
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          onDraw([...now.current, [at(event)]]);
        }}
        onPointerMove={(event) => event.buttons > 0 && onDraw(drawnTo(now.current, at(event)))}
      />
      <button type="button" class="link-button" disabled={strokes.length === 0} onClick={() => onDraw([])}>{t("doc_pad_clear")}</button>
    </div>
  );
}
