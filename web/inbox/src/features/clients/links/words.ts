import type { ClientLink } from "../../../gen/okno/crm/v1/client_link_service_pb.ts";
import type { DirectoryEntry } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { day } from "../day.ts";

/** What the other one is to this client. */
export function roleOf(kind: DirectoryEntry | undefined, reversed: boolean): string {
  return (reversed && kind?.reverseName) || kind?.name || "…";
}

/** What may be chosen: each kind from both sides, one that is the same from both once. */
export function rolesOf(kinds: readonly DirectoryEntry[]): (readonly [id: string, name: string])[] {
  return kinds.flatMap((kind) => [[`${kind.entryId} `, kind.name] as const, ...(kind.reverseName ? [[`${kind.entryId} reversed`, kind.reverseName] as const] : [])]);
}

export function periodOf({ linkedFrom, linkedUntil }: Pick<ClientLink, "linkedFrom" | "linkedUntil">): string {
  if (linkedFrom && linkedUntil) return t("links.fromUntil", { from: day(linkedFrom), until: day(linkedUntil) });
  if (linkedFrom) return t("links.since", { from: day(linkedFrom) });
  return linkedUntil ? t("links.until", { until: day(linkedUntil) }) : "";
}
