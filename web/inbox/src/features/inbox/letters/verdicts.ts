import type { MailVerdict } from "../../../gen/okno/channel/v1/content_pb.ts";

/** What the mailbox's server says of one way to prove the sender. */
export type Proof = { method: string; result: string; domain: string; good: boolean; bad: boolean };

const METHODS = ["spf", "dkim", "dmarc"];
const BAD = ["fail", "softfail", "permerror"];

/** One proof of each method, the best of several signatures; methods that were not looked at are left out. */
export function proofsOf(verdicts: readonly MailVerdict[]): Proof[] {
  return METHODS.flatMap((method) => {
    const said = verdicts.filter((verdict) => verdict.method.toLowerCase() === method);
    const best = said.find(({ result }) => result === "pass") ?? said.find(({ result }) => BAD.includes(result)) ?? said[0];
    if (!best) return [];
    return [{ method: method.toUpperCase(), result: best.result, domain: best.domain, good: best.result === "pass", bad: BAD.includes(best.result) }];
  });
}

/** What failed of a sender whom nothing proves. DMARC decides where it was asked: mailing lists break the others. */
export function unproven(proofs: readonly Proof[]): Proof[] {
  const dmarc = proofs.find(({ method }) => method === "DMARC");
  if (dmarc && !dmarc.bad && dmarc.result !== "none") return [];
  if (dmarc?.bad) return [dmarc];
  return proofs.some(({ good }) => good) ? [] : proofs.filter(({ bad }) => bad);
}
