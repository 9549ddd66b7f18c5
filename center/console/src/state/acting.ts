/** Taking a step of a case: sent again after no answer came, it is the same request; a refusal makes it a new one. */

import { center, Unreachable } from "../api/client";
import type { CaseDetail } from "../api/types";
import { newKey } from "./drafts";

/** What is given with a step, by the names of the API. */
export type Given = Partial<Record<"department" | "assignee" | "condition" | "answer" | "reason" | "until" | "into" | "note", string>> & { incidents?: string[] };

export type StepRequest = { action: string; expected_sequence: number } & Given;

/** Of one case's form. */
export class Acting {
  private sent: { text: string; pictures: readonly File[]; key: string } | null = null;

  async act(number: string, wanted: StepRequest, pictures: readonly File[] = []): Promise<CaseDetail> {
    const text = JSON.stringify([number, wanted]);
    const isSame = this.sent !== null && this.sent.text === text && sameFiles(this.sent.pictures, pictures);
    const key = isSame && this.sent !== null ? this.sent.key : newKey();
    this.sent = { text, pictures, key };
    try {
      const after = await center.act(number, wanted, pictures, key);
      this.sent = null;
      return after;
    } catch (error) {
      if (!(error instanceof Unreachable)) this.sent = null;
      throw error;
    }
  }
}

const sameFiles = (a: readonly File[], b: readonly File[]): boolean =>
  a.length === b.length && a.every((file, index) => file.name === b[index]?.name && file.size === b[index]?.size && file.lastModified === b[index]?.lastModified);
