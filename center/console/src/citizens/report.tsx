/** The form of a report. What was typed stays until the center has it. */

import { useEffect, useState } from "preact/hooks";
import type { LatLon } from "../geometry";
import { later } from "../parts/later";
import { newKey } from "../state/drafts";
import { language } from "../state/preferences";
import { type Attribute, attributes, Refused, send, type Service, services } from "./client";
import { c } from "./words";

const Place = later(() => import("./place"), "Place", (content) => <div class="citizens-map">{content}</div>);

const MAX_PICTURES = 5;
const MAX_BYTES = 10 * 1024 * 1024;

/** Whoever has it reads the whole report: made here, so that a lost answer loses nothing. */
const newToken = (): string => newKey() + newKey();

const shown = (error: unknown): string => (error instanceof Refused && error.message !== "" ? error.message : c("no_answer"));

export function Report() {
  const [known, setKnown] = useState<Service[]>([]);
  const [asked, setAsked] = useState<Attribute[]>([]);
  const [code, setCode] = useState("");
  const [condition, setCondition] = useState("");
  const [place, setPlace] = useState<LatLon | null>(null);
  const [pictures, setPictures] = useState<File[]>([]);
  const [problem, setProblem] = useState("");
  const [isSending, setSending] = useState(false);
  const [secret, setSecret] = useState(() => ({ key: newKey(), token: newToken() }));
  const [number, setNumber] = useState<string | null>(null);

  useEffect(() => {
    services().then(setKnown, (error: unknown) => setProblem(shown(error)));
  }, [language.value]);
  useEffect(() => {
    setAsked([]);
    if (code !== "") attributes(code).then(setAsked, () => setAsked([]));
  }, [code, language.value]);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const field = (name: string): string => String(form.get(name) ?? "").trim();
    const large = pictures.find((picture) => picture.size > MAX_BYTES);
    if (code === "") return setProblem(c("need_what"));
    if (place === null) return setProblem(c("need_where"));
    if (pictures.length > MAX_PICTURES) return setProblem(c("too_many"));
    if (large !== undefined) return setProblem(c("too_large", { name: large.name }));
    setProblem("");
    setSending(true);
    try {
      const fields = {
        service_code: code,
        "attribute[CONDITION]": condition,
        lat: place.lat.toFixed(6),
        long: place.lon.toFixed(6),
        description: field("description"),
        last_name: field("name"),
        phone: field("phone"),
        follow_token: secret.token,
      };
      setNumber(await send(fields, pictures, secret.key));
    } catch (error) {
      setProblem(shown(error));
      // What was refused is changed and sent as another report; what got no answer is sent again as the same.
      if (error instanceof Refused && error.status !== 0) setSecret({ key: newKey(), token: newToken() });
    } finally {
      setSending(false);
    }
  };

  if (number !== null) {
    return <Sent number={number} token={secret.token} onAnother={() => location.reload()} />;
  }
  const groups = [...new Set(known.map((service) => service.group))];
  const conditions = asked.find((each) => each.code === "CONDITION");
  const needs = asked.find((each) => !each.variable);
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <p class="lead">{c("lead")}</p>
      <label>
        <span>{c("what")}</span>
        <select name="service" value={code} onChange={(event) => { setCode(event.currentTarget.value); setCondition(""); setProblem(""); }}>
          <option value="">{c("choose")}</option>
          {groups.map((group) => (
            <optgroup key={group} label={group}>
              {known.filter((service) => service.group === group).map((service) => (
                <option key={service.service_code} value={service.service_code}>{service.service_name}</option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      {conditions !== undefined && (
        <label>
          <span>{c("which")}</span>
          <select name="condition" value={condition} onChange={(event) => setCondition(event.currentTarget.value)}>
            <option value="" />
            {conditions.values.map((value) => <option key={value.key} value={value.key}>{value.name}</option>)}
          </select>
        </label>
      )}
      <fieldset>
        <legend>{c("where")}</legend>
        <Place place={place} onPlace={(chosen) => { setPlace(chosen); setProblem(""); }} />
        <div class="row">
          <small role="status" data-place={place === null ? "none" : "set"}>
            {place === null ? c("where_hint") : c("place_set", { lat: place.lat.toFixed(5), lon: place.lon.toFixed(5) })}
          </small>
          <button type="button" class="button is-small" onClick={() => navigator.geolocation?.getCurrentPosition(
            ({ coords }) => setPlace({ lat: coords.latitude, lon: coords.longitude }),
            () => setProblem(c("here_failed")),
            { enableHighAccuracy: true, timeout: 15_000 },
          )}>{c("here")}</button>
        </div>
      </fieldset>
      <label>
        <span>{c("words")}</span>
        <textarea name="description" rows={4} maxLength={4000} />
        <small>{c("words_hint")}</small>
      </label>
      <label>
        <span>{c("pictures")}</span>
        <input type="file" name="pictures" accept="image/jpeg,image/png,image/webp" multiple onChange={(event) => setPictures([...(event.currentTarget.files ?? [])])} />
        <small>{c("pictures_hint")}{needs !== undefined && ` ${needs.description}`}</small>
      </label>
      <fieldset>
        <legend>{c("contact")}</legend>
        <label><span>{c("name")}</span><input name="name" maxLength={64} autoComplete="name" /></label>
        <label><span>{c("phone")}</span><input name="phone" type="tel" maxLength={32} autoComplete="tel" /></label>
      </fieldset>
      {problem !== "" && <p class="problem" role="alert">{problem}</p>}
      <button type="submit" class="button is-primary" disabled={isSending}>{c(isSending ? "sending" : "send")}</button>
    </form>
  );
}

function Sent({ number, token, onAnother }: { number: string; token: string; onAnother: () => void }) {
  const [isCopied, setCopied] = useState(false);
  const link = `${location.origin}/public/#${number}.${token}`;
  return (
    <section class="sent" role="status">
      <p>{c("thanks")}</p>
      <p class="number" data-number>{number}</p>
      <p>{c("keep")}</p>
      <p><a href={link} data-link>{link}</a></p>
      <div class="row">
        <button type="button" class="button" onClick={() => void navigator.clipboard?.writeText(link).then(() => setCopied(true))}>{c(isCopied ? "copied" : "copy")}</button>
        <button type="button" class="button" onClick={onAnother}>{c("another")}</button>
      </div>
    </section>
  );
}
