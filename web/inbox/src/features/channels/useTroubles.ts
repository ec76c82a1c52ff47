import { useEffect, useRef } from "react";
import { isAdministrator, useMe } from "../../rpc/session.ts";
import { toast } from "../../ui/toasts.ts";
import { useAccounts } from "./queries.ts";
import { newTroubles, type Trouble, troublesOf, troubleText } from "./trouble.ts";

/** The accounts that need an administrator, kept true by the live feed; what begins while one watches is said once. */
export function useTroubles(onNew: (trouble: Trouble) => void): Trouble[] {
  const administrator = isAdministrator(useMe().employee);
  const { data } = useAccounts(administrator);
  const troubles = administrator ? troublesOf(data?.accounts ?? []) : [];
  const before = useRef<Trouble[]>(undefined);
  const tell = useRef(onNew);
  tell.current = onNew;
  useEffect(() => {
    if (!data) return;
    const now = troublesOf(data.accounts);
    // What stood already when the page was opened shows on the rail, and needs no word.
    if (before.current) {
      for (const trouble of newTroubles(before.current, now)) {
        toast(troubleText(trouble), { error: true });
        tell.current(trouble);
      }
    }
    before.current = now;
  }, [data]);
  return troubles;
}
