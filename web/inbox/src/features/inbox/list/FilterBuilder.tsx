import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { t, useT } from "../../../i18n/index.ts";
import { matches } from "../../../ui/fold.ts";
import { FACETS, type Facet, FLAGS, type ListFilter } from "../filter.ts";
import { useInboxGo } from "../location.ts";
import css from "./FilterBuilder.module.css";
import { type Choice, useFacets } from "./useFacets.ts";

/** Attribute, then its values; several values of one are alternatives, several attributes must all hold. */
export function FilterBuilder({ filter }: { filter: ListFilter }) {
  useT();
  const go = useInboxGo();
  const facets = useFacets(filter);
  const [facet, setFacet] = useState<Facet>();
  if (facet) {
    return (
      <Values
        title={t(`filter.${facet}`)}
        choices={facets[facet]}
        chosen={filter.values[facet]}
        onBack={() => setFacet(undefined)}
        onChoose={(values) => void go.filter({ ...filter, values: { ...filter.values, [facet]: values } }, true)}
      />
    );
  }
  return (
    <div className={css.panel}>
      {FACETS.filter((name) => facets[name].length > 0).map((name, index) => (
        <button key={name} type="button" className={css.line} data-autofocus={index === 0 || undefined} onClick={() => setFacet(name)}>
          <span className={css.name}>{t(`filter.${name}`)}</span>
          {filter.values[name].length > 0 && <span className={css.detail}>{t("filter.chosen", { n: filter.values[name].length })}</span>}
          <IconChevronRight size={16} stroke={1.75} aria-hidden="true" />
        </button>
      ))}
      <hr className={css.rule} />
      {FLAGS.map((flag) => (
        <label key={flag} className={css.line}>
          <input
            type="checkbox"
            checked={filter.flags.includes(flag)}
            onChange={(event) => void go.filter({ ...filter, flags: event.target.checked ? [...filter.flags, flag] : filter.flags.filter((other) => other !== flag) }, true)}
          />
          <span className={css.name}>{t(`filter.${flag}`)}</span>
        </label>
      ))}
    </div>
  );
}

const SEARCH_FROM = 8;

type ValuesProps = { title: string; choices: readonly Choice[]; chosen: readonly string[]; onBack: () => void; onChoose: (values: string[]) => void };

function Values({ title, choices, chosen, onBack, onChoose }: ValuesProps) {
  const [query, setQuery] = useState("");
  const shown = choices.filter((choice) => matches(choice.name, query));
  return (
    <div className={css.panel}>
      <button type="button" className={css.back} onClick={onBack} autoFocus={choices.length < SEARCH_FROM}>
        <IconChevronLeft size={16} stroke={1.75} aria-hidden="true" />
        {title}
      </button>
      {choices.length >= SEARCH_FROM && <input className={css.search} type="search" autoFocus aria-label={title} placeholder={t("filter.search")} value={query} onChange={(event) => setQuery(event.target.value)} />}
      <fieldset className={css.values}>
        <legend className="visually-hidden">{title}</legend>
        {shown.map(({ value, name, detail }) => (
          <label key={value} className={css.line}>
            <input type="checkbox" checked={chosen.includes(value)} onChange={(event) => onChoose(event.target.checked ? [...chosen, value] : chosen.filter((other) => other !== value))} />
            <span className={css.name}>{name}</span>
            {detail && <span className={css.detail}>{detail}</span>}
          </label>
        ))}
      </fieldset>
      {shown.length === 0 && <p className={css.none}>{t("filter.none")}</p>}
    </div>
  );
}
