import type { ChannelAccount } from "../../../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { escaped } from "./quote.ts";

/** How mail programs know where a signature begins (RFC 3676, section 4.3). */
const MARK = "-- ";

/** What stands below a letter: one's own for this mailbox, else the mailbox's, which names whoever writes. */
export function signatureOf(account: Pick<ChannelAccount, "signature"> | undefined, own: string, name: string): string {
  return (own.trim() || (account?.signature ?? "").replaceAll(/\{\{\s*name\s*\}\}/gu, name)).trim();
}

export function signedText(signature: string): string {
  return signature && `${MARK}\n${signature}`;
}

export function signedHtml(signature: string): string {
  return signature && `<p>${MARK}<br>${escaped(signature).replaceAll("\n", "<br>")}</p>`;
}
