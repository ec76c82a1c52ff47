import { IconAdjustmentsHorizontal, IconFilter, IconSearch, IconX } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import { t, useT, withTexts } from "../../../i18n/index.ts";
import { setPreference } from "../../../rpc/preferences.ts";
import { Flyout } from "../../../ui/Flyout.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { Menu, type MenuItem } from "../../../ui/Menu.tsx";
import { part } from "../../../ui/part.ts";
import { type ListFilter, isNarrowed } from "../filter.ts";
import { useInboxGo } from "../location.ts";
import css from "./ListPane.module.css";
import type { Density } from "./Row.tsx";

const FilterBuilder = part(() => withTexts(import("./FilterBuilder.tsx"), "work").then(({ FilterBuilder: component }) => component));

const SEARCH_PAUSE_MS = 250;

/** Search, filter, order and density. */
export function Tools({ filter, density }: { filter: ListFilter; density: Density }) {
  useT();
  return (
    <div className={css.tools}>
      <Search filter={filter} />
      <Flyout label={t("inbox.filter")} width={300} content={() => <FilterBuilder filter={filter} />}>
        {(button) => (
          <IconButton label={t("inbox.filter")} data-on={isNarrowed(filter) || undefined} {...button}>
            <IconFilter size={16} stroke={1.75} aria-hidden="true" />
          </IconButton>
        )}
      </Flyout>
      <DisplayMenu filter={filter} density={density} />
    </div>
  );
}

function Search({ filter }: { filter: ListFilter }) {
  useT();
  const go = useInboxGo();
  const [text, setText] = useState(filter.query);
  const field = useRef<HTMLInputElement>(null);
  const search = (query: string): void => void (query.trim() !== filter.query && go.filter({ ...filter, query: query.trim() }, true));

  useEffect(() => setText(filter.query), [filter.query]);
  useEffect(() => {
    if (text.trim() === filter.query) return;
    const timer = setTimeout(() => search(text), SEARCH_PAUSE_MS);
    return () => clearTimeout(timer);
  });
  useCommand("app.search", () => field.current?.focus());

  return (
    <div className={css.search}>
      <IconSearch size={16} stroke={1.75} aria-hidden="true" />
      <input
        ref={field}
        type="search"
        aria-label={t("inbox.search")}
        aria-keyshortcuts={keyOf("app.search")}
        placeholder={t("inbox.search")}
        value={text}
        maxLength={200}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") search(text);
          if (event.key === "Escape") {
            event.stopPropagation();
            setText("");
            event.currentTarget.blur();
          }
        }}
      />
      {text && (
        <button type="button" className={css.clear} aria-label={t("inbox.searchClear")} onClick={() => setText("")}>
          <IconX size={16} stroke={1.75} aria-hidden="true" />
        </button>
      )}
    </div>
  );
}

function DisplayMenu({ filter, density }: { filter: ListFilter; density: Density }) {
  const go = useInboxGo();
  const items = (): MenuItem[] => [
    { kind: "label", label: t("inbox.order") },
    ...(["activity", "waiting"] as const).map((order): MenuItem => ({
      kind: "choice",
      label: t(`inbox.order.${order}`),
      chosen: order === filter.order,
      run: () => void go.filter({ ...filter, order }),
    })),
    { kind: "line" },
    { kind: "label", label: t("inbox.density") },
    ...(["comfortable", "compact"] as const).map((name): MenuItem => ({
      kind: "choice",
      label: t(`inbox.density.${name}`),
      chosen: name === density,
      run: () => setPreference("density", name === "compact" ? name : ""),
    })),
  ];
  return (
    <Menu label={t("inbox.display")} items={items}>
      {(button) => (
        <IconButton label={t("inbox.display")} title={`${t("inbox.display")}: ${t(`inbox.order.${filter.order}`)}`} {...button}>
          <IconAdjustmentsHorizontal size={16} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
    </Menu>
  );
}
