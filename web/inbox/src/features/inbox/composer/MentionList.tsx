import { useT } from "../../../i18n/index.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import css from "./Composer.module.css";
import type { MentionState } from "./useMentionList.ts";

/** Colleagues to choose from. */
export function MentionList({ list }: { list: MentionState }) {
  const t = useT();
  if (list.choices.length === 0) return null;
  return (
    <ul id={list.id} className={css.mentions} role="listbox" aria-label={t("composer.mention")}>
      {list.choices.map((employee, index) => (
        <li
          key={employee.employeeId}
          id={`${list.id}-${index}`}
          className={css.mention}
          role="option"
          aria-selected={index === list.active}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => list.choose(employee)}
        >
          <Avatar name={employee.name} size="sm" />
          {employee.name}
        </li>
      ))}
    </ul>
  );
}
