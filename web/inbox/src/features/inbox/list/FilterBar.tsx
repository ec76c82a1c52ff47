import { IconBookmark, IconX } from "@tabler/icons-react";
import { Suspense, useState } from "react";
import { t, useT } from "../../../i18n/index.ts";
import { useMe } from "../../../rpc/session.ts";
import { FACETS, FLAGS, type ListFilter } from "../filter.ts";
import { type InboxPlace, useInboxGo } from "../location.ts";
import css from "./ListPane.module.css";
import { saveChanges } from "./saveView.ts";
import { useFacets } from "./useFacets.ts";
import { part } from "../../../ui/part.ts";

const SaveViewDialog = part(() => import("./SaveViewDialog.tsx").then(({ SaveViewDialog: component }) => component));

/** What narrows the list, one chip each; and the way to keep it as a view. */
export function FilterBar({ place }: { place: InboxPlace }) {
  useT();
  const go = useInboxGo();
  const me = useMe().employee;
  const [saving, setSaving] = useState(false);
  const { filter, saved, search, viewName } = place;
  const chips = useChips(filter);
  const edited = saved !== undefined && search.edited === true;
  return (
    <div className={css.filters}>
      {chips.map((chip) => (
        <button key={chip.key} type="button" className={css.filter} aria-label={t("inbox.filter.remove", { name: chip.name })} title={chip.name} onClick={() => void go.filter(chip.without)}>
          <span className={css.filterName}>{chip.name}</span> <IconX size={12} stroke={2} aria-hidden="true" />
        </button>
      ))}
      {edited && saved.ownerEmployeeId === me?.employeeId && (
        <button type="button" className={css.keep} onClick={() => void saveChanges(saved, filter).then((done) => void (done && go.view(viewName)))}>
          {t("views.saveChanges")}
        </button>
      )}
      {edited && (
        <button type="button" className={css.keep} onClick={() => void go.view(viewName)}>
          {t("views.revert")}
        </button>
      )}
      {(!saved || edited) && (
        <button type="button" className={css.keep} onClick={() => setSaving(true)}>
          <IconBookmark size={14} stroke={1.75} aria-hidden="true" />
          {t("views.save")}
        </button>
      )}
      {saving && (
        <Suspense>
          <SaveViewDialog filter={filter} onClose={() => setSaving(false)} onSaved={(path) => void go.view(path)} />
        </Suspense>
      )}
    </div>
  );
}

type FilterChip = { key: string; name: string; without: ListFilter };

function useChips(filter: ListFilter): FilterChip[] {
  const facets = useFacets(filter);
  const ofValues = FACETS.filter((facet) => filter.values[facet].length > 0).map((facet): FilterChip => {
    const names = filter.values[facet].map((value) => facets[facet].find((choice) => choice.value === value)?.name ?? "…");
    return { key: facet, name: t("filter.chip", { what: t(`filter.${facet}`), values: names.join(", ") }), without: { ...filter, values: { ...filter.values, [facet]: [] } } };
  });
  const ofFlags = FLAGS.filter((flag) => filter.flags.includes(flag)).map((flag): FilterChip => ({
    key: flag,
    name: t(`filter.${flag}`),
    without: { ...filter, flags: filter.flags.filter((other) => other !== flag) },
  }));
  return [...ofValues, ...ofFlags];
}
