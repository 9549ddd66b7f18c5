/** Find what is on the map by its id, name or type. */

import type { Camera, Case, Entity } from "../api/types";
import { typeName } from "../i18n";
import type { Selection } from "../routes";
import { cameras, openCases, picture } from "./live";

export interface Haystack {
  entities: Iterable<Entity>;
  cameras: readonly Camera[];
  cases: readonly Case[];
}

/** The best matches, and how many more there are. What begins with the text comes first. */
export function find(text: string, hay: Haystack, most: number): { found: Selection[]; more: number } {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return { found: [], more: 0 };
  const first: Selection[] = [];
  const then: Selection[] = [];
  const take = (selection: Selection, names: (string | null)[]): void => {
    const places = names.map((name) => name?.toLowerCase().indexOf(wanted) ?? -1);
    if (places.includes(0)) first.push(selection);
    else if (places.some((place) => place > 0)) then.push(selection);
  };
  for (const { number, title, title_en, street, street_en, type } of hay.cases) {
    take({ kind: "case", id: number }, [number, title, title_en, street, street_en, type]);
  }
  for (const { camera, name, name_en } of hay.cameras) take({ kind: "camera", id: camera }, [camera, name, name_en]);
  for (const { kind, id, key, name, entity_type } of hay.entities) {
    if (kind !== "camera") take({ kind, id }, [id, key, name, entity_type, typeName(entity_type)]);
  }
  const all = [...first, ...then];
  return { found: all.slice(0, most), more: Math.max(0, all.length - most) };
}

export const search = (text: string, most: number): { found: Selection[]; more: number } =>
  find(text, { entities: entities(), cameras: cameras.value, cases: openCases.value }, most);

function* entities(): Iterable<Entity> {
  for (const { entity } of picture.entities.values()) yield entity;
}
