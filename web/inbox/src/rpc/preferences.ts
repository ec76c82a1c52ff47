import { useQuery } from "@connectrpc/connect-query";
import { type GetMeResponse, SessionService } from "../gen/okno/org/v1/session_service_pb.ts";
import { queryClient } from "./query.ts";
import { meOptions } from "./session.ts";
import { sessions } from "./sessions.ts";

/** What a person chose for the page; kept on the server. */
export type PreferenceName =
  | "single_keys" // "off": single letters are no shortcuts
  | "undo_seconds" // how long a reply waits before it goes: "0", "5", "10"
  | "panel"; // "closed": the customer's panel is folded

/** The chosen value, or an empty string. */
export function usePreference(name: PreferenceName): string {
  const { data } = useQuery(SessionService.method.getMe, {}, { enabled: false });
  return data?.preferences[name] ?? "";
}

/** Sets it here at once and on the server when it answers; a failure leaves it for this tab only. */
export function setPreference(name: PreferenceName, value: string): void {
  queryClient.setQueryData<GetMeResponse>(meOptions.queryKey, (me) =>
    me ? { ...me, preferences: { ...me.preferences, [name]: value } } : me,
  );
  sessions.updateMe({ preferences: { [name]: value } }).catch(() => undefined);
}
