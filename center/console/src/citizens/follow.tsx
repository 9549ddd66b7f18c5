/** A report by its number; with the token of its link, its own words too. */

import { useEffect, useState } from "preact/hooks";
import { later } from "../parts/later";
import { language, locale } from "../state/preferences";
import { follow, type Followed, Refused } from "./client";
import { type CitizenKey, c } from "./words";

const Place = later(() => import("./place"), "Place", (content) => <div class="citizens-map">{content}</div>);

const moment = (time: string): string => new Date(time).toLocaleString(locale.value, { dateStyle: "medium", timeStyle: "short" });

/** The path of a picture here, whatever address the city gives its pictures for others. */
const path = (url: string): string => new URL(url, location.origin).pathname;

export function Follow({ link }: { link: { number: string; token: string | null } | null }) {
  const [wanted, setWanted] = useState(link);
  const [found, setFound] = useState<Followed | null>(null);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    if (wanted === null) return;
    setProblem("");
    follow(wanted.number, wanted.token).then(setFound, (error: unknown) => {
      setFound(null);
      setProblem(error instanceof Refused && error.status === 404 ? c("not_found") : (error as Error).message || c("no_answer"));
    });
  }, [wanted, language.value]);

  return (
    <>
      <form class="row look" onSubmit={(event) => {
        event.preventDefault();
        const number = String(new FormData(event.currentTarget).get("number") ?? "").replace(/[\s-]/g, "").toUpperCase();
        setWanted({ number, token: number === link?.number ? link.token : null });
      }}>
        <label>
          <span>{c("number")}</span>
          <input name="number" defaultValue={link?.number ?? ""} required maxLength={20} autoComplete="off" spellcheck={false} />
          <small>{c("number_hint")}</small>
        </label>
        <button type="submit" class="button is-primary">{c("look")}</button>
      </form>
      {problem !== "" && <p class="problem" role="alert">{problem}</p>}
      {found !== null && <Shown of={found} />}
    </>
  );
}

function Shown({ of }: { of: Followed }) {
  const facts: [CitizenKey, string | null][] = [
    ["department", of.agency_responsible],
    ["sent_at", moment(of.requested_datetime)],
    ["updated_at", moment(of.updated_datetime)],
    ["expected_at", of.status === "open" && of.expected_datetime !== null ? moment(of.expected_datetime) : null],
    ["place", of.address],
    ["description", of.description],
  ];
  const pictures = of.media_urls ?? (of.media_url === null ? [] : [of.media_url]);
  return (
    <article>
      <h2>{of.service_name}</h2>
      <p class={`status is-${of.status}`} data-status={of.status}><b>{c(of.status)}</b> {of.status_notes}</p>
      <dl>
        {facts.map(([name, value]) => value !== null && (
          <div key={name}><dt>{c(name)}</dt><dd data-fact={name}>{value}</dd></div>
        ))}
      </dl>
      {pictures.map((url, place) => <img key={url} src={path(url)} alt={c("picture", { n: place + 1 })} loading="lazy" />)}
      <Place place={{ lat: of.lat, lon: of.long }} onPlace={null} />
    </article>
  );
}
