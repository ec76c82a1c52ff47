import { useQuery } from "@connectrpc/connect-query";
import { IconX } from "@tabler/icons-react";
import { useId, useState } from "react";
import { AddressKind, ClientService } from "../../../../gen/okno/crm/v1/client_service_pb.ts";
import { t } from "../../../../i18n/index.ts";
import { cx } from "../../../../ui/cx.ts";
import { inFull } from "./names.ts";
import { isNewDomain, type Person, peopleOf } from "./answer.ts";
import css from "./Write.module.css";

type Props = {
  label: string;
  people: readonly Person[];
  /** Those of this correspondence. */
  known: readonly Person[];
  onChange: (people: readonly Person[]) => void;
};

const SHOWN = 6;

/** Whom a letter goes to: those of the correspondence and clients are offered, anything else is typed. */
export function Recipients({ label, people, known, onChange }: Props) {
  const id = useId();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(false);
  const [at, setAt] = useState(0);
  const offers = useOffers(text, people, known);
  const add = (some: readonly Person[]): void => onChange([...people, ...some.filter((one) => !people.some(({ address }) => same(address, one.address)))]);
  /** What is typed becomes people; what is none stays, and is said. */
  const commit = (typed: string): void => {
    const { found, left } = peopleOf(typed);
    if (found.length > 0) add(found);
    setText(left);
    setWrong(left !== "");
  };
  const take = (person: Person): void => {
    add([person]);
    setText("");
    setWrong(false);
    setAt(0);
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLInputElement>): void => {
    if (event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown" && offers.length > 0) setAt((at + 1) % offers.length);
    else if (event.key === "ArrowUp" && offers.length > 0) setAt((at + offers.length - 1) % offers.length);
    else if (event.key === "Escape" && text) setText("");
    else if (event.key === "Backspace" && !text && people.length > 0) onChange(people.slice(0, -1));
    else if ((event.key === "Enter" || event.key === "," || event.key === ";") && text) {
      const offered = event.key === "Enter" ? offers[at] : undefined;
      if (offered && !peopleOf(text).found.length) take(offered);
      else commit(text);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={css.line}>
      <label className={css.label} htmlFor={`${id}-field`}>
        {label}
      </label>
      <div className={css.people}>
        {people.map((person) => {
          const fresh = isNewDomain(person.address, known.map(({ address }) => address));
          return (
            <span key={person.address} className={cx(css.person, fresh && css.fresh)} title={fresh ? `${inFull(person)}. ${t("write.newDomain")}` : inFull(person)}>
              <span className={css.personName}>{nameOf(person)}</span>
              {fresh && <span className="visually-hidden">{t("write.newDomain")}</span>}
              <button type="button" className={css.remove} aria-label={t("write.remove", { name: nameOf(person) })} onClick={() => onChange(people.filter(({ address }) => address !== person.address))}>
                <IconX size={12} stroke={2} aria-hidden="true" />
              </button>
            </span>
          );
        })}
        <input
          id={`${id}-field`}
          className={css.input}
          role="combobox"
          aria-expanded={offers.length > 0}
          aria-controls={`${id}-offers`}
          aria-activedescendant={offers.length > 0 ? `${id}-${at}` : undefined}
          aria-invalid={wrong || undefined}
          aria-describedby={wrong ? `${id}-wrong` : undefined}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setWrong(false);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            const pasted = event.clipboardData.getData("text");
            if (!pasted.includes("@")) return;
            event.preventDefault();
            commit(text + pasted);
          }}
          onBlur={() => text && commit(text)}
        />
        {offers.length > 0 && (
          <ul id={`${id}-offers`} role="listbox" aria-label={label} className={css.offers}>
            {offers.map((person, index) => (
              <li key={person.address} id={`${id}-${index}`} role="option" aria-selected={index === at} className={css.offer} onPointerDown={(event) => (event.preventDefault(), take(person))}>
                <span>{nameOf(person)}</span>
                {person.name && <span className={css.detail}>{person.address}</span>}
              </li>
            ))}
          </ul>
        )}
      </div>
      {wrong && (
        <p id={`${id}-wrong`} className={css.wrong} role="alert">
          {t("write.noAddress", { text })}
        </p>
      )}
    </div>
  );
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const nameOf = (person: Person): string => person.name || person.address;

/** Who fits what is typed: of this correspondence first, then clients with an e-mail address. */
function useOffers(text: string, people: readonly Person[], known: readonly Person[]): Person[] {
  const query = text.trim();
  const { data } = useQuery(ClientService.method.findClients, { query, pageSize: 10 }, { enabled: query.length >= 2, staleTime: 10_000, placeholderData: (before) => before });
  if (query.length < 2) return [];
  const wanted = query.toLowerCase();
  const here = known.filter(({ address, name }) => `${name} ${address}`.toLowerCase().includes(wanted));
  const clients = data?.clients.flatMap(({ name, addresses }) => addresses.filter(({ kind }) => kind === AddressKind.EMAIL).map(({ value }) => ({ address: value, name }))) ?? [];
  const all = [...here, ...clients].filter(({ address }, index, list) => list.findIndex((one) => same(one.address, address)) === index);
  return all.filter(({ address }) => !people.some((one) => same(one.address, address))).slice(0, SHOWN);
}
