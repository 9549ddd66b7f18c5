/** Taking a step of a case: sent again after no answer came, it is the same request; a refusal makes it a new one. */

import { center, Unreachable } from "../api/client";
import type { ActionRequest, CaseDetail } from "../api/types";
import { newKey } from "./drafts";

/** Of one case's form. */
export class Acting {
  private sent: { text: string; key: string } | null = null;

  async act(number: string, wanted: ActionRequest): Promise<CaseDetail> {
    const text = JSON.stringify([number, wanted]);
    const key = this.sent?.text === text ? this.sent.key : newKey();
    this.sent = { text, key };
    try {
      const after = await center.act(number, wanted, key);
      this.sent = null;
      return after;
    } catch (error) {
      if (!(error instanceof Unreachable)) this.sent = null;
      throw error;
    }
  }
}
