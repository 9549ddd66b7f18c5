/** Fields that must be filled in, and say so in the language that is set; by itself the browser does in its own. */

import type { TargetedEvent } from "preact";

type Field = HTMLInputElement | HTMLTextAreaElement;

export const needed = (sentence: string) => ({
  required: true,
  onInvalid: ({ currentTarget }: TargetedEvent<Field>): void => currentTarget.setCustomValidity(sentence),
  onInput: ({ currentTarget }: TargetedEvent<Field>): void => currentTarget.setCustomValidity(""),
});
