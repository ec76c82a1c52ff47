import { useId, useRef, useState } from "react";
import { useT } from "../i18n/index.ts";
import { cx } from "./cx.ts";
import { matches } from "./fold.ts";
import css from "./Picker.module.css";

export type PickerItem = {
  id: string;
  name: string;
  detail?: string;
  /** Why it cannot be chosen; it stays visible. */
  refused?: string;
  lead?: React.ReactNode;
  group?: string;
};

type Props = {
  label: string;
  items: readonly PickerItem[];
  onPick: (item: PickerItem) => void;
  /** Controlled search, for lists that the server searches; otherwise names are matched here. */
  query?: string;
  onQuery?: (query: string) => void;
  empty?: string;
};

/** Choose one of many: focus stays in the field, arrows walk, Enter takes. */
export function Picker({ label, items, onPick, query, onQuery, empty }: Props) {
  const t = useT();
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const [own, setOwn] = useState("");
  const [at, setAt] = useState(0);
  const text = query ?? own;
  const shown = onQuery ? items : items.filter((item) => matches(item.name, text));
  const active = Math.min(at, shown.length - 1);

  const move = (to: number): void => {
    const next = Math.max(0, Math.min(shown.length - 1, to));
    setAt(next);
    list.current?.querySelectorAll('[role="option"]')[next]?.scrollIntoView({ block: "nearest" });
  };
  const take = (item: PickerItem | undefined): void => {
    if (item && !item.refused) onPick(item);
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === "ArrowDown") move(active + 1);
    else if (event.key === "ArrowUp") move(active - 1);
    else if (event.key === "Enter") take(shown[active]);
    else return;
    event.preventDefault();
  };

  return (
    <div className={css.picker}>
      <input
        className={css.field}
        role="combobox"
        aria-label={label}
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        aria-autocomplete="list"
        placeholder={label}
        autoComplete="off"
        data-autofocus
        value={text}
        onChange={(event) => {
          setAt(0);
          setOwn(event.target.value);
          onQuery?.(event.target.value);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={id} ref={list} role="listbox" aria-label={label} className={css.list}>
        {shown.map((item, index) => (
          <Option key={item.id} id={`${id}-${index}`} item={item} active={index === active} first={item.group !== shown[index - 1]?.group} onHover={() => setAt(index)} onTake={() => take(item)} />
        ))}
      </ul>
      {shown.length === 0 && <p className={css.none}>{empty ?? t("picker.none")}</p>}
    </div>
  );
}

type OptionProps = { id: string; item: PickerItem; active: boolean; first: boolean; onHover: () => void; onTake: () => void };

function Option({ id, item, active, first, onHover, onTake }: OptionProps) {
  return (
    <>
      {first && item.group && (
        <li role="presentation" className={css.group}>
          {item.group}
        </li>
      )}
      <li
        id={id}
        role="option"
        aria-selected={active}
        aria-disabled={item.refused ? true : undefined}
        className={cx(css.option, active && css.active)}
        onPointerMove={onHover}
        onPointerDown={(event) => event.preventDefault()}
        onClick={onTake}
      >
        {item.lead}
        <span className={css.name}>{item.name}</span>
        <span className={css.detail}>{item.refused ?? item.detail}</span>
      </li>
    </>
  );
}
