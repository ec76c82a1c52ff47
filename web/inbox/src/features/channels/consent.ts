import { hasShape } from "../../ui/stored.ts";

// The provider's page opens in a window of its own, which says here how it ended: the form with what was typed stays open.

const CHANNEL = "okno.consent";

/** `consent` is what stands in the form in place of the secret; empty: `problem` says why there is none. */
export type Ended = { state: string; consent: string; problem: string };

export function tellEnd(ended: Ended): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(ended);
  channel.close();
}

/** Until what it returns is called. */
export function onEnd(tell: (ended: Ended) => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (hasShape(data, { state: "string", consent: "string", problem: "string" })) tell(data as Ended);
  };
  return () => channel.close();
}

/** Where providers send the browser back: as it is registered with them. */
export function redirectUri(): string {
  return `${location.origin}/settings/consent`;
}

/** What the provider says at the end of an address. Codes of digits only are longer than numbers may be, so nobody parses them. */
export function backFrom(search: string): { state: string; code: string; error: string } {
  const query = new URLSearchParams(search);
  return { state: query.get("state") ?? "", code: query.get("code") ?? "", error: query.get("error") ?? "" };
}
