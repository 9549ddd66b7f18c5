/** Taking a step of a case: sent again after no answer came, it is the same request; a refusal makes it a new one. */

import { center, Unreachable } from "../api/client";
import type { CaseDetail } from "../api/types";
import { newKey } from "./drafts";

/** What is given with a step, by the names of the API. */
export type Given = Partial<Record<"department" | "assignee" | "condition" | "answer" | "reason" | "until" | "into" | "note", string>> & { incidents?: string[] };

export type StepRequest = { action: string; expected_sequence: number } & Given;

/** The name of one form's request: it stays the same while no answer came and what is sent is the same. */
export class RequestKey {
  private sent: { text: string; files: readonly File[]; key: string } | null = null;

  async with<Answer>(text: string, files: readonly File[], send: (key: string) => Promise<Answer>): Promise<Answer> {
    const isSame = this.sent !== null && this.sent.text === text && sameFiles(this.sent.files, files);
    const key = isSame && this.sent !== null ? this.sent.key : newKey();
    this.sent = { text, files, key };
    try {
      const answer = await send(key);
      this.sent = null;
      return answer;
    } catch (error) {
      if (!(error instanceof Unreachable)) this.sent = null;
      throw error;
    }
  }
}

/** Of one case's form. */
export class Acting {
  private readonly request = new RequestKey();

  act(number: string, wanted: StepRequest, pictures: readonly File[] = []): Promise<CaseDetail> {
    return this.request.with(JSON.stringify([number, wanted]), pictures, (key) => center.act(number, wanted, pictures, key));
  }
}

const sameFiles = (a: readonly File[], b: readonly File[]): boolean =>
  a.length === b.length && a.every((file, index) => file.name === b[index]?.name && file.size === b[index]?.size && file.lastModified === b[index]?.lastModified);
