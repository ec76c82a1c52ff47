import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { IconMailOff, IconSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import type { Unsubscribed } from "../../gen/okno/inbox/v1/mailing_service_pb.ts";
import { t, useT } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { millis, useNow } from "../../rpc/clock.ts";
import { useEmployees } from "../../rpc/directory.ts";
import { problemOf } from "../../rpc/errors.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { Field } from "../../ui/Field.tsx";
import table from "../../ui/form/table.module.css";
import { Page, Section } from "../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../ui/States.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { Time } from "../../ui/Time.tsx";
import { useTitle } from "../../ui/title.ts";
import { toast } from "../../ui/toasts.ts";
import { Back } from "./Back.tsx";
import css from "./mailings.module.css";
import { refreshMailings, useMayKeepUnsubscribed, useUnsubscribed } from "./queries.ts";
import { addressOf } from "./table.ts";
import { mailings } from "./client.ts";

/** Who takes no letters of mailings. */
export function UnsubscribedPage() {
  useT();
  useTitle(t("mailings.unsubscribed"));
  const mayAdd = useMayKeepUnsubscribed();
  const [words, setWords] = useState("");
  const part = useDeferredValue(words.trim());
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useUnsubscribed(part);
  const rows = data?.pages.flatMap((page) => page.unsubscribed) ?? [];
  const problem = error && !data ? problemOf(error) : undefined;
  return (
    <Page title={t("mailings.unsubscribed")} back={<Back />}>
      <p>{t("unsubscribed.hint")}</p>
      {problem ? (
        <Failure what={t("mailings.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />
      ) : (
        <>
          {mayAdd && <Add />}
          <div className={css.search}>
            <IconSearch size={16} stroke={1.75} aria-hidden="true" />
            <input type="search" aria-label={t("unsubscribed.search")} placeholder={t("unsubscribed.search")} value={words} onChange={(event) => setWords(event.target.value)} />
          </div>
          {isPending && <SkeletonRows rows={3} height={44} />}
          {data && rows.length === 0 && <Empty icon={IconMailOff} title={part ? t("unsubscribed.notFound") : t("unsubscribed.none")} />}
          {rows.length > 0 && <List rows={rows} />}
          {hasNextPage && (
            <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t("mailings.more")}
            </Button>
          )}
        </>
      )}
    </Page>
  );
}

function Add() {
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const given = text.split(/[\s,;]+/u).filter(Boolean);
  const addresses = given.map(addressOf).filter(Boolean);
  const wrong = given.length !== addresses.length || addresses.length === 0;
  const add = useMutation({
    mutationFn: () => mailings.addUnsubscribed({ addresses }),
    onSuccess: ({ added }) => {
      setText("");
      setTried(false);
      toast(t("unsubscribed.added", { n: added }));
      void refreshMailings();
    },
  });
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (!wrong && !add.isPending) add.mutate();
  };
  return (
    <Section title={t("unsubscribed.add")}>
      <form className={css.form} onSubmit={submit}>
        <Field label={t("unsubscribed.addresses")} error={tried && wrong ? t("unsubscribed.wrong") : undefined}>
          {(props) => <input {...props} value={text} onChange={(event) => (add.reset(), setText(event.target.value))} />}
        </Field>
        {add.error && <Strip tone="red">{problemText(problemOf(add.error))}</Strip>}
        <div className={css.buttons}>
          <Button type="submit" variant="default" loading={add.isPending}>
            {t("unsubscribed.add")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

function List({ rows }: { rows: readonly Unsubscribed[] }) {
  const now = useNow(60_000);
  const employees = useEmployees();
  const [asking, setAsking] = useState<string | undefined>();
  const remove = useMutation({
    mutationFn: (address: string) => mailings.removeUnsubscribed({ address }),
    onSuccess: () => refreshMailings(),
    onError: (error) => toast(problemText(problemOf(error)), { error: true }),
  });
  return (
    <div className={table.wrap}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">{t("unsubscribed.address")}</th>
            <th scope="col" data-hide>
              {t("unsubscribed.how")}
            </th>
            <th scope="col" aria-label={t("unsubscribed.remove")} />
          </tr>
        </thead>
        <tbody>
          {rows.map(({ address, at, employeeId, mailingId, mailingName }) => (
            <tr key={address}>
              <th scope="row">{address}</th>
              <td data-hide className={css.muted}>
                {employeeId ? t("unsubscribed.byEmployee", { who: employees.get(employeeId)?.name ?? "—" }) : mailingName ? <Link className={css.link} to="/settings/mailings/$mailingId" params={{ mailingId }}>{t("unsubscribed.byLetterOf", { name: mailingName })}</Link> : t("unsubscribed.byLetter")}, <Time at={millis(at)} now={now} />
              </td>
              <td data-end>
                <Button variant="default" size="compact-sm" loading={remove.isPending && remove.variables === address} onClick={() => setAsking(address)}>
                  {t("unsubscribed.remove")}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {asking !== undefined && (
        <Dialog title={t("unsubscribed.removeTitle", { address: asking })} onClose={() => setAsking(undefined)}>
          <p>{t("unsubscribed.removeHint")}</p>
          <div className={css.end}>
            <Button variant="default" data-autofocus onClick={() => setAsking(undefined)}>
              {t("action.cancel")}
            </Button>
            <Button color="red" onClick={() => (setAsking(undefined), remove.mutate(asking))}>
              {t("unsubscribed.remove")}
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
