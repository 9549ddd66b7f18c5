/** Pictures that change without flicker, and one that fills the screen. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "./icons";

/** A picture; a newer one replaces it when it is ready. */
export function Photo({ src, alt, class: name = "" }: { src: string | null; alt: string; class?: string }) {
  const [shown, setShown] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (src === null) {
      setShown(null);
      return;
    }
    let wanted = true;
    const image = new Image();
    image.src = src;
    image.decode().then(
      () => {
        if (!wanted) return;
        setShown(src);
        setFailed(false);
      },
      () => {
        if (wanted) setFailed(true);
      },
    );
    return () => {
      wanted = false;
    };
  }, [src]);
  return (
    <span class={`photo ${name} ${shown === null && src !== null && !failed ? "is-loading" : ""}`}>
      {shown !== null && <img src={shown} alt={alt} draggable={false} />}
      {shown === null && (src === null || failed) && (
        <span class="photo-none">{failed ? t("picture_missing") : t("picture_none")}</span>
      )}
    </span>
  );
}

/** A small picture in a list, loaded when it comes into sight; its address never changes what it shows. */
export function Thumbnail({ src, alt, class: name = "" }: { src: string | null; alt: string; class?: string }) {
  const [state, setState] = useState<{ src: string | null; how: "loaded" | "failed" } | null>(null);
  const how = src !== null && state?.src === src ? state.how : null;
  return (
    <span class={`photo ${name} ${src !== null && how === null ? "is-loading" : ""}`}>
      {src !== null && how !== "failed" && (
        <img
          src={src}
          alt={alt}
          loading="lazy"
          decoding="async"
          draggable={false}
          onLoad={() => setState({ src, how: "loaded" })}
          onError={() => setState({ src, how: "failed" })}
        />
      )}
      {(src === null || how === "failed") && <span class="photo-none">{t(src === null ? "picture_none" : "picture_missing")}</span>}
    </span>
  );
}

export interface Slide {
  src: string;
  caption: string;
}

const MAX_ZOOM = 8;

/** Pictures one at a time, as large as the screen, to be looked at closely. */
export function Lightbox({ slides, start, onClose }: { slides: Slide[]; start: number; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [index, setIndex] = useState(start);
  const [view, setView] = useState({ zoom: 1, x: 0, y: 0 });
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const slide = slides[Math.min(index, slides.length - 1)];

  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);
  useEffect(() => setView({ zoom: 1, x: 0, y: 0 }), [index]);

  const zoomTo = (zoom: number, atX = 0, atY = 0): void =>
    setView((old) => {
      const next = Math.min(MAX_ZOOM, Math.max(1, zoom));
      if (next === 1) return { zoom: 1, x: 0, y: 0 };
      const grown = next / old.zoom;
      return { zoom: next, x: atX - (atX - old.x) * grown, y: atY - (atY - old.y) * grown };
    });
  const step = (by: number): void => setIndex((old) => (old + by + slides.length) % slides.length);

  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else if (event.key === "+" || event.key === "=") zoomTo(view.zoom * 1.5);
    else if (event.key === "-") zoomTo(view.zoom / 1.5);
    else if (event.key === "0") zoomTo(1);
  };
  const fromMiddle = (event: MouseEvent): [number, number] => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  };
  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    zoomTo(view.zoom * Math.exp(-event.deltaY / 400), ...fromMiddle(event));
  };
  const onPointerMove = (event: PointerEvent): void => {
    const last = pointers.current.get(event.pointerId);
    if (last === undefined) return;
    const others = [...pointers.current].filter(([id]) => id !== event.pointerId);
    const here = { x: event.clientX, y: event.clientY };
    const other = others[0]?.[1];
    if (other !== undefined) {
      const before = Math.hypot(last.x - other.x, last.y - other.y);
      zoomTo((view.zoom * Math.hypot(here.x - other.x, here.y - other.y)) / Math.max(1, before));
    } else if (view.zoom > 1) {
      setView((old) => ({ ...old, x: old.x + here.x - last.x, y: old.y + here.y - last.y }));
    }
    pointers.current.set(event.pointerId, here);
  };
  if (slide === undefined) return null;
  return (
    <dialog ref={dialog} class="lightbox" aria-label={slide.caption} onClose={onClose} onKeyDown={onKey}>
      <header class="lightbox-head">
        <p>
          <strong>{slide.caption}</strong>
          {slides.length > 1 && <span>{t("picture_position", { n: index + 1, of: slides.length })}</span>}
        </p>
        <div class="lightbox-tools">
          <button type="button" class="icon-button" aria-label={t("picture_zoom_out")} onClick={() => zoomTo(view.zoom / 1.5)}>
            <Icon name="minus" />
          </button>
          <button type="button" class="icon-button" aria-label={t("picture_whole")} onClick={() => zoomTo(1)}>
            <Icon name="fit" />
          </button>
          <button type="button" class="icon-button" aria-label={t("picture_zoom_in")} onClick={() => zoomTo(view.zoom * 1.5)}>
            <Icon name="plus" />
          </button>
          <button type="button" class="icon-button" aria-label={t("close")} onClick={() => dialog.current?.close()}>
            <Icon name="close" />
          </button>
        </div>
      </header>
      <div
        class={`lightbox-stage ${view.zoom > 1 ? "is-zoomed" : ""}`}
        onWheel={onWheel}
        onDblClick={(event) => zoomTo(view.zoom > 1 ? 1 : 2.5, ...fromMiddle(event))}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
        }}
        onPointerMove={onPointerMove}
        onPointerUp={(event) => pointers.current.delete(event.pointerId)}
        onPointerCancel={(event) => pointers.current.delete(event.pointerId)}
      >
        <img
          src={slide.src}
          alt={slide.caption}
          draggable={false}
          style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.zoom})` }}
        />
      </div>
      {slides.length > 1 && (
        <>
          <button type="button" class="icon-button lightbox-previous" aria-label={t("picture_previous")} onClick={() => step(-1)}>
            <Icon name="back" size={26} />
          </button>
          <button type="button" class="icon-button lightbox-next" aria-label={t("picture_next")} onClick={() => step(1)}>
            <Icon name="next" size={26} />
          </button>
        </>
      )}
    </dialog>
  );
}
