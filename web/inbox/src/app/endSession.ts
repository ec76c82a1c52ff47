import { forgetDrafts, saveDrafts, tellDraftsForgotten } from "../features/inbox/drafts.ts";
import { outbox } from "../features/inbox/outbox.ts";
import { type Problem, problemOf } from "../rpc/errors.ts";
import { letPageGo } from "../rpc/leaving.ts";
import { employeeId } from "../rpc/session.ts";
import { sessions } from "../rpc/sessions.ts";
import { uploadsRunning } from "../rpc/upload.ts";
import { names, write } from "../ui/stored.ts";

/** What only this browser has: it goes with the signing out. */
export type Left = { replies: number; uploads: number; drafts: number };

/** Hands the drafts to the server first, as far as that is possible now. */
export async function whatIsLeft(): Promise<Left> {
  const drafts = await saveDrafts();
  return { replies: outbox().length, uploads: uploadsRunning(), drafts };
}

/** Ends the session and what this browser kept of it; a problem means that nothing has changed. */
export async function signOut(): Promise<Problem | undefined> {
  const me = employeeId();
  try {
    await sessions.signOut({});
  } catch (error) {
    const problem = problemOf(error);
    // It has ended already, or the answer to an earlier try was lost.
    if (problem.reason !== "NOT_SIGNED_IN") return problem;
  }
  forget(me);
  letPageGo();
  // A whole new page: nothing of this session stays in memory.
  location.assign("/sign-in");
  return undefined;
}

/** What customers have written must not stay on a shared computer. */
function forget(me: string): void {
  forgetDrafts();
  const kept = [...names(`okno.draft.${me}.`), ...names(`okno.outbox.${me}.`), ...names(`okno.letter.${me}.`), `okno.notices.${me}`];
  for (const name of kept) write(name, undefined);
  tellDraftsForgotten(me);
}
