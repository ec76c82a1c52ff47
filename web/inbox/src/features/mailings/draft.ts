import type { Mailing } from "../../gen/okno/inbox/v1/mailing_service_pb.ts";
import { mailings } from "./client.ts";
import type { Person } from "./table.ts";

export const PACE = 10;
export const FASTEST = 20;

export type Form = { accountId: string; name: string; subject: string; text: string; perMinute: number; people: readonly Person[] };

/** One version of a draft with its whole list; no mailing: it is not made yet. */
export type Draft = { mailing: Mailing | undefined; form: Form };

const PAGE = 200;

export const EMPTY: Draft = { mailing: undefined, form: { accountId: "", name: "", subject: "", text: "", perMinute: PACE, people: [] } };

/** The list is asked for after the mailing: it is never older than the etag, and what is newer is refused when it is saved. */
export async function loadDraft(mailingId: string): Promise<Draft> {
  const { mailing } = await mailings.getMailing({ mailingId });
  const people: Person[] = [];
  let pageToken = "";
  do {
    const page = await mailings.listMailingRecipients({ mailingId, pageSize: PAGE, pageToken });
    people.push(...page.recipients.map(({ address, name, values }) => ({ address, name, values })));
    pageToken = page.nextPageToken;
  } while (pageToken);
  const { accountId = "", name = "", subject = "", text = "", perMinute = PACE } = mailing ?? {};
  return { mailing, form: { accountId, name, subject, text, perMinute, people } };
}

const PATHS: Record<keyof Form, string> = { accountId: "account_id", name: "name", subject: "subject", text: "text", perMinute: "per_minute", people: "recipients" };

/** What an update names: the mailbox is fixed once a mailing is made. */
export function pathsOf(changed: readonly (keyof Form)[]): string[] {
  return changed.filter((field) => field !== "accountId").map((field) => PATHS[field]);
}
