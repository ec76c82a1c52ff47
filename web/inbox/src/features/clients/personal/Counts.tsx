import type { PersonalCount } from "../../../gen/okno/crm/v1/personal_data_service_pb.ts";
import { count } from "../../../i18n/format.ts";
import { type Key, t } from "../../../i18n/index.ts";
import css from "./personal.module.css";

const KINDS = ["client", "contact", "address", "contact_point", "custom_value", "photo", "change", "consent", "lead", "link", "visit", "form", "conversation", "message", "file", "request", "dead_letter", "fact", "audit", "file_missing", "left_out"] as const;

/** How many records of a kind, in an order that does not change; a kind that is new to the page by its own name. */
export function Counts({ counts, label }: { counts: readonly PersonalCount[]; label: string }) {
  const place = (kind: string): number => (KINDS as readonly string[]).indexOf(kind) + 1 || KINDS.length + 1;
  const word = (kind: string): string => ((KINDS as readonly string[]).includes(kind) ? t(`personal.kind.${kind as (typeof KINDS)[number]}` satisfies Key) : kind);
  return (
    <table className={css.counts} aria-label={label}>
      <tbody>
        {counts
          .filter((one) => one.count > 0n)
          .sort((one, other) => place(one.kind) - place(other.kind))
          .map((one) => (
            <tr key={one.kind}>
              <th scope="row">{word(one.kind)}</th>
              <td>{count(Number(one.count))}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}
