import { useEffect, useMemo, useRef, useState } from "react";
import { emoji } from "virtual:emoji";
import { type Key, t, useT } from "../../../i18n/index.ts";
import { matches } from "../../../ui/fold.ts";
import { read, write } from "../../../ui/stored.ts";
import css from "./EmojiPicker.module.css";

const GROUPS: readonly Key[] = ["emoji.faces", "emoji.people", "emoji.nature", "emoji.food", "emoji.places", "emoji.activities", "emoji.objects", "emoji.symbols"];
const COLUMNS = 8;
const SHOWN_AT_MOST = 160;
const RECENT_AT_MOST = 16;
const STORED = "okno.emoji";

/** Emoji by group or by word, in either language; arrows walk, Enter takes. Those used last stand first. */
export function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  useT();
  const [query, setQuery] = useState("");
  const [group, setGroup] = useState(0);
  const [at, setAt] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  const recent = useMemo(recentOnes, []);
  const shown = useMemo(() => {
    if (query.trim()) return emoji.filter(([, , words]) => matches(words, query)).slice(0, SHOWN_AT_MOST);
    return group < 0 ? recent : emoji.filter(([, of]) => of === group);
  }, [query, group, recent]);
  // Chromium's scrollIntoView gives a promise now, which React would take for the effect's end and call.
  useEffect(() => void grid.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [at]);

  const take = (piece: string): void => {
    remember(piece);
    onPick(piece);
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (step !== undefined) setAt(Math.max(0, Math.min(shown.length - 1, at + step)));
    else if (event.key === "Enter") shown[at] && take(shown[at][0]);
    else return;
    event.preventDefault();
  };
  return (
    <div className={css.picker}>
      <input
        className={css.search}
        role="combobox"
        aria-expanded="true"
        aria-controls="emoji-grid"
        aria-activedescendant={shown.length > 0 ? `emoji-${at}` : undefined}
        aria-autocomplete="list"
        aria-label={t("emoji.search")}
        placeholder={t("emoji.search")}
        autoFocus
        data-autofocus
        value={query}
        onChange={(event) => (setQuery(event.target.value), setAt(0))}
        onKeyDown={onKeyDown}
      />
      <div ref={grid} id="emoji-grid" className={css.grid} role="listbox" aria-label={t("composer.emoji")}>
        {shown.map(([piece, , words], index) => (
          <button key={piece} id={`emoji-${index}`} type="button" role="option" tabIndex={-1} aria-selected={index === at} aria-label={words.split(" ").slice(0, 3).join(" ")} className={css.one} onPointerMove={() => setAt(index)} onClick={() => take(piece)}>
            {piece}
          </button>
        ))}
        {shown.length === 0 && <p className={css.none}>{query ? t("emoji.none") : t("emoji.noRecent")}</p>}
      </div>
      <div className={css.groups} role="group" aria-label={t("emoji.groups")}>
        {GROUPS.map((name, index) => (
          <button key={name} type="button" className={css.group} aria-pressed={!query && group === index} aria-label={t(name)} title={t(name)} onClick={() => (setQuery(""), setGroup(index), setAt(0))}>
            {emoji.find(([, of]) => of === index)?.[0]}
          </button>
        ))}
        <button type="button" className={css.group} aria-pressed={!query && group === -1} aria-label={t("emoji.recent")} title={t("emoji.recent")} onClick={() => (setQuery(""), setGroup(-1), setAt(0))}>
          🕘
        </button>
      </div>
    </div>
  );
}

function recentOnes(): typeof emoji {
  const kept = (read(STORED) ?? "").split(" ");
  return kept.map((piece) => emoji.find(([known]) => known === piece)).filter((found) => found !== undefined);
}

function remember(piece: string): void {
  const kept = (read(STORED) ?? "").split(" ").filter((other) => other && other !== piece);
  write(STORED, [piece, ...kept].slice(0, RECENT_AT_MOST).join(" "));
}
