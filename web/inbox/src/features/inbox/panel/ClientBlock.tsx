import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@connectrpc/connect-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import { AliasKind } from "../../../gen/okno/channel/v1/inbound_pb.ts";
import { AddressKind, type Client, ClientKind, ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type DuplicateCandidate, MatchRule } from "../../../gen/okno/crm/v1/duplicate_pb.ts";
import type { Person } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { type Key, t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { type Problem, problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { queryClient } from "../../../rpc/query.ts";
import { Field } from "../../../ui/Field.tsx";
import { KeyCap } from "../../../ui/KeyCap.tsx";
import { Picker } from "../../../ui/Picker.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { keys } from "../cache.ts";
import { ClientFacts } from "./ClientFacts.tsx";
import css from "./CustomerPanel.module.css";

/** Whose the contact point is: found, created, or who it might be. */
export function ClientBlock({ person }: { person: Person }) {
  useT();
  const [open, setOpen] = useState<"find" | "create">();
  const link = useLink(person);
  useCommand("conversation.identify", () => setOpen("find"), { enabled: !person.clientId });
  if (person.clientId) return <Known person={person} />;
  return (
    <section className={css.client} aria-label={t("panel.client")}>
      {!open && (
        <div className={css.buttons}>
          <Button variant="default" onClick={() => setOpen("find")} rightSection={<KeyCap>{keyOf("conversation.identify")}</KeyCap>}>
            {t("panel.find")}
          </Button>
          <Button variant="default" onClick={() => setOpen("create")}>
            {t("panel.create")}
          </Button>
        </div>
      )}
      {open === "find" && (
        <>
          <Find onPick={(client) => (setOpen(undefined), link.to(client))} />
          <div className={css.buttons}>
            <Button variant="default" onClick={() => setOpen("create")}>
              {t("panel.create")}
            </Button>
            <Button variant="default" onClick={() => setOpen(undefined)}>
              {t("action.cancel")}
            </Button>
          </div>
        </>
      )}
      {open === "create" && <Create person={person} onDone={() => setOpen(undefined)} onPick={(client) => (setOpen(undefined), link.to(client))} />}
      {link.problem && <Linked problem={link.problem} onMove={link.move} />}
      <Matches person={person} onPick={link.to} />
    </section>
  );
}

function Known({ person }: { person: Person }) {
  const unlink = useMutation(ClientService.method.unlinkContactPoint, { onSuccess: refresh });
  const { data } = useQuery(ClientService.method.getClient, { clientId: person.clientId });
  return (
    <section className={css.client} aria-label={t("panel.client")}>
      <p>
        <Link className={css.clientName} to="/clients/$clientId" params={{ clientId: person.clientId }} search={{}}>
          {person.clientName}
        </Link>
      </p>
      {data?.client?.addresses.map((address) => (
        <p key={address.value} className={css.meta}>
          {address.display || address.value}
        </p>
      ))}
      {data?.client && (
        <>
          <ClientFacts client={data.client} />
          <p>
            <Link className={css.clientName} to="/clients/$clientId" params={{ clientId: person.clientId }} search={{}}>
              {t("panel.card")}
            </Link>
          </p>
        </>
      )}
      <Button variant="subtle" size="compact-sm" onClick={() => unlink.mutate({ contactPointId: person.contactPointId })}>
        {t("panel.unlink")}
      </Button>
    </section>
  );
}

function Find({ onPick }: { onPick: (client: Client) => void }) {
  const [query, setQuery] = useState("");
  const enough = query.trim().length >= 2;
  const { data } = useQuery(ClientService.method.findClients, { query: query.trim(), pageSize: 20 }, { enabled: enough, staleTime: 10_000, placeholderData: (before) => before });
  const clients = enough ? (data?.clients ?? []) : [];
  return (
    <Picker
      label={t("panel.findHint")}
      items={clients.map((client) => ({ id: client.clientId, name: client.name, detail: client.addresses[0]?.display ?? "" }))}
      query={query}
      onQuery={setQuery}
      empty={enough ? t("panel.findEmpty") : t("panel.findHint")}
      onPick={({ id }) => {
        const client = clients.find((found) => found.clientId === id);
        if (client) onPick(client);
      }}
    />
  );
}

type Named = Pick<Client, "clientId" | "name">;

function Create({ person, onDone, onPick }: { person: Person; onDone: () => void; onPick: (client: Named) => void }) {
  const alias = (kind: AliasKind): string => person.aliases.find((found) => found.kind === kind)?.value ?? "";
  const [name, setName] = useState(person.displayName);
  const [phone, setPhone] = useState(alias(AliasKind.PHONE));
  const [email, setEmail] = useState(alias(AliasKind.EMAIL));
  const [requestId, setRequestId] = useState(newId);
  const [likely, setLikely] = useState<readonly DuplicateCandidate[]>([]);
  const create = useMutation(ClientService.method.createClient, {
    onSuccess: ({ client, candidates }) => {
      if (client) return refresh(), onDone();
      // Nothing was made: what is made in spite of these is another request.
      setLikely(candidates);
      setRequestId(newId());
    },
  });
  const submit = (force: boolean): void => {
    const addresses = [
      { kind: AddressKind.PHONE, value: phone.trim() },
      { kind: AddressKind.EMAIL, value: email.trim() },
    ].filter((address) => address.value);
    if (name.trim()) create.mutate({ requestId, contactPointId: person.contactPointId, client: { name: name.trim(), kind: ClientKind.PERSON, addresses }, force });
  };
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        submit(likely.length > 0);
      }}
    >
      <Field label={t("panel.createName")} error={create.error ? problemText(problemOf(create.error)) : undefined}>
        {(props) => <input {...props} autoFocus required maxLength={300} value={name} onChange={(event) => (setLikely([]), setName(event.target.value))} />}
      </Field>
      <Field label={t("panel.createPhone")}>{(props) => <input {...props} type="tel" value={phone} onChange={(event) => (setLikely([]), setPhone(event.target.value))} />}</Field>
      <Field label={t("panel.createEmail")}>{(props) => <input {...props} type="email" value={email} onChange={(event) => (setLikely([]), setEmail(event.target.value))} />}</Field>
      {likely.length > 0 && <Likely candidates={likely} onPick={onPick} />}
      <div className={css.buttons}>
        <Button type="submit" loading={create.isPending}>
          {t(likely.length > 0 ? "panel.createAnyway" : "panel.createSubmit")}
        </Button>
        <Button variant="default" onClick={onDone}>
          {t("action.cancel")}
        </Button>
      </div>
    </form>
  );
}

const RULES: Partial<Record<MatchRule, Key>> = {
  [MatchRule.PHONE]: "panel.matched.phone",
  [MatchRule.EMAIL]: "panel.matched.email",
  [MatchRule.IDENTITY]: "panel.matched.username",
  [MatchRule.NAME]: "panel.matched.name",
  [MatchRule.SIMILAR_NAME]: "panel.matched.name",
};

/** Who it may be already; of those that one may not open an administrator knows. */
function Likely({ candidates, onPick }: { candidates: readonly DuplicateCandidate[]; onPick: (client: Named) => void }) {
  return (
    <div role="status">
      <p className={css.meta}>{t("panel.likely")}</p>
      <ul>
        {candidates.map(({ clientId, name, matched, canOpen }) => (
          <li key={clientId} className={css.match}>
            <span>
              {canOpen ? name : t("panel.closed")}
              <span className={css.meta}>{t("panel.matchedBy", { what: [...new Set(matched.flatMap((rule) => RULES[rule] ?? []))].map((key) => t(key)).join(", ") })}</span>
            </span>
            {canOpen && (
              <Button variant="default" size="compact-sm" onClick={() => onPick({ clientId, name })}>
                {t("panel.link")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

const MATCHED: Partial<Record<string, Key>> = {
  phone: "panel.matched.phone",
  email: "panel.matched.email",
  username: "panel.matched.username",
  name: "panel.matched.name",
};

function Matches({ person, onPick }: { person: Person; onPick: (client: Client) => void }) {
  const { data } = useQuery(ClientService.method.suggestClients, { contactPointId: person.contactPointId });
  const matches = (data?.matches ?? []).flatMap(({ client, matchedBy }) => (client ? [{ client, matchedBy }] : []));
  if (matches.length === 0) return null;
  return (
    <div>
      <p className={css.meta}>{t("panel.matches")}</p>
      <ul>
        {matches.map(({ client, matchedBy }) => (
          <li key={client.clientId} className={css.match}>
            <span>
              {client.name}
              <span className={css.meta}>{t("panel.matchedBy", { what: matchedBy.map((by) => (MATCHED[by] ? t(MATCHED[by]) : by)).join(", ") })}</span>
            </span>
            <Button variant="default" size="compact-sm" onClick={() => onPick(client)}>
              {t("panel.link")}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function useLink(person: Person): { to: (client: Named) => void; move: () => void; problem: Problem | undefined } {
  const [asked, setAsked] = useState("");
  const link = useMutation(ClientService.method.linkContactPoint, { onSuccess: refresh });
  const call = (clientId: string, move: boolean): void => link.mutate({ contactPointId: person.contactPointId, clientId, move });
  return {
    to: (client) => {
      setAsked(client.clientId);
      call(client.clientId, false);
    },
    move: () => call(asked, true),
    problem: link.error ? problemOf(link.error) : undefined,
  };
}

function Linked({ problem, onMove }: { problem: Problem; onMove: () => void }) {
  if (problem.reason !== "CONTACT_POINT_LINKED") return <Strip tone="red">{problemText(problem)}</Strip>;
  return (
    <Strip
      tone="amber"
      actions={
        <Button variant="default" size="compact-sm" onClick={onMove}>
          {t("panel.move")}
        </Button>
      }
    >
      {t("panel.linkedOther", { name: problem.metadata["client_name"] ?? "" })}
    </Strip>
  );
}

/** Names of clients stand in the rows; who is whose changed. */
function refresh(): void {
  void queryClient.invalidateQueries({ queryKey: keys.all, predicate: ({ queryKey }) => queryKey[1] !== "thread" });
}
