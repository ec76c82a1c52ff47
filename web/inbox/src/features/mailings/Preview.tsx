import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { count } from "../../i18n/format.ts";
import { t, useT } from "../../i18n/index.ts";
import { IconButton } from "../../ui/IconButton.tsx";
import { fill } from "./letter.ts";
import css from "./mailings.module.css";
import type { Person } from "./table.ts";

type Props = { subject: string; text: string; people: readonly Person[]; at: number; onAt: (at: number) => void };

/** The letter as each of them will read it; left and right go on. */
export function Preview({ subject, text, people, at, onAt }: Props) {
  useT();
  const person = people[at];
  if (!person) return <p className={css.muted}>{t("mailing.previewNone")}</p>;
  const letter = fill(subject, text, person);
  const go = (step: number): void => onAt((at + step + people.length) % people.length);
  return (
    <div
      className={css.preview}
      role="group"
      tabIndex={0}
      aria-label={t("mailing.preview")}
      onKeyDown={(event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        event.preventDefault();
        go(event.key === "ArrowLeft" ? -1 : 1);
      }}
    >
      <header className={css.previewHead}>
        <IconButton label={t("mailing.previous")} onClick={() => go(-1)}>
          <IconChevronLeft size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
        <span className={css.muted}>{t("mailing.of", { at: count(at + 1), total: count(people.length) })}</span>
        <IconButton label={t("mailing.next")} onClick={() => go(1)}>
          <IconChevronRight size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
        <span className={css.to}>{person.name ? `${person.name} <${person.address}>` : person.address}</span>
      </header>
      <p className={css.subject}>{letter.subject || t("mailing.noSubject")}</p>
      <p className={css.text}>{letter.text}</p>
      {letter.missing.length > 0 && <p className={css.bad}>{t("mailing.missing", { places: letter.missing.join(", ") })}</p>}
    </div>
  );
}
