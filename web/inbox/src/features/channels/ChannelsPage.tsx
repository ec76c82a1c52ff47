import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { IconAlertTriangle, IconExternalLink, IconPlugConnected, IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { AssignmentMethod, type ChannelAccount, ChannelAccountService } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { channelTitle } from "../../i18n/channel.ts";
import { duration } from "../../i18n/format.ts";
import { t, useT } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { millis, useNow } from "../../rpc/clock.ts";
import { useDepartments } from "../../rpc/departments.ts";
import { useEmployees } from "../../rpc/directory.ts";
import { problemOf } from "../../rpc/errors.ts";
import { isAdministrator, useMe } from "../../rpc/session.ts";
import { ChannelTile } from "../../ui/ChannelTile.tsx";
import { Chip } from "../../ui/Chip.tsx";
import { Menu, type MenuItem } from "../../ui/Menu.tsx";
import { Page } from "../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../ui/States.tsx";
import { Strip } from "../../ui/Strip.tsx";
import css from "./channels.module.css";
import { Health } from "./Health.tsx";
import { localText, withRemedy } from "./localText.ts";
import { METHODS } from "./methods.ts";
import { Personal } from "./Personal.tsx";
import { problemWords } from "./problem.ts";
import { refreshAccounts, useAccounts, useDemo, useGateway, useGateways } from "./queries.ts";
import { useTitle } from "../../ui/title.ts";

/** Every connected bot, number and mailbox with its live state. */
export function ChannelsPage() {
  useT();
  const administrator = isAdministrator(useMe().employee);
  const { gateways, ready } = useGateways();
  const { available: demo } = useDemo();
  const { data, error, isPending, refetch } = useAccounts();
  const accounts = data?.accounts ?? [];
  useTitle(t("channels.title"));
  return (
    <Page title={t("channels.title")} actions={administrator && accounts.length > 0 && <Connect primary />}>
      {!administrator && <Strip>{t("channels.onlyAdmin")}</Strip>}
      {administrator && demo && <Demo first={accounts.length === 0} />}
      {administrator && ready && gateways.length === 0 && <Strip tone="amber">{t("channels.noGateways")}</Strip>}
      {error && <Failure what={t("channels.failed")} why={problemText(problemOf(error))} retry={() => void refetch()} />}
      {isPending && <SkeletonRows rows={3} height={64} />}
      {data && accounts.length === 0 && (
        <Empty icon={IconPlugConnected} title={demo ? t("channels.empty") : t("channels.emptyNoDemo")}>
          {administrator && <Connect primary={!demo} />}
        </Empty>
      )}
      {accounts.length > 0 && (
        <ul className={css.accounts}>
          {accounts.map((account) => (
            <Row key={account.accountId} account={account} twins={accounts.filter((other) => other.channel === account.channel).length > 1} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function Connect({ primary }: { primary: boolean }) {
  const navigate = useNavigate();
  const { gateways } = useGateways();
  const items = (): MenuItem[] => [
    { kind: "label", label: gateways.length > 0 ? t("channels.choose") : t("channels.noGateways") },
    ...gateways.map(({ description, running }): MenuItem => {
      const channel = description?.channel ?? "";
      const title = localText(description?.title) || channelTitle(channel);
      return {
        kind: "action",
        label: running ? title : `${title} · ${t("channels.notRunning")}`,
        lead: <ChannelTile channel={channel} title={title} />,
        run: () => void navigate({ to: "/settings/channels/new/$channel", params: { channel } }),
      };
    }),
  ];
  return (
    <Menu label={t("channels.choose")} items={items}>
      {(button) => (
        <Button variant={primary ? "filled" : "default"} leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} {...button}>
          {t("channels.connect")}
        </Button>
      )}
    </Menu>
  );
}

function Row({ account, twins }: { account: ChannelAccount; twins: boolean }) {
  const now = useNow(10_000);
  const { status } = account;
  const last = millis(status?.lastEventAt);
  const gateway = useGateway(account.channel);
  const remedy = status?.remedyKey ? localText(gateway?.description?.settings?.remedies[status.remedyKey]) : "";
  const title = localText(gateway?.description?.title) || channelTitle(account.channel);
  const words = problemWords(status);
  return (
    <li className={css.account}>
      <ChannelTile channel={account.channel} title={title} size="lg" />
      <div className={css.what}>
        <Link className={css.name} to="/settings/channels/$accountId" params={{ accountId: account.accountId }}>
          {account.name}
        </Link>
        {/* Two accounts of one kind are told apart by what the provider calls them, or by the end of their id. */}
        <p className={css.muted}>{[title, status?.identity || (twins ? account.accountId.slice(-6) : "")].filter(Boolean).join(" · ")}</p>
        {account.ownerEmployeeId ? <Personal owner={account.ownerEmployeeId} /> : <Handling account={account} />}
        {words && (
          <p className={css.problem}>
            <IconAlertTriangle size={16} stroke={1.75} aria-hidden="true" />
            <span>{withRemedy(words, remedy)}</span>
          </p>
        )}
      </div>
      <div className={css.state}>
        <Health account={account} />
        {status?.silent && account.enabled && <Chip tone="amber">{t("health.silent")}</Chip>}
        {(status?.deadLetters ?? 0) > 0 && <Chip tone="amber">{t("health.deadLetters", { n: status?.deadLetters ?? 0 })}</Chip>}
        <span className={css.muted}>{last ? t("channels.lastEvent", { time: duration(now - last) }) : t("channels.noEvents")}</span>
      </div>
    </li>
  );
}

/** Who gets what comes in here, in one line. */
function Handling({ account }: { account: ChannelAccount }) {
  const departments = useDepartments();
  const employees = useEmployees();
  const { assignment, departmentId, isRequestSource } = account;
  if (!isRequestSource) return <p className={css.muted}>{t("channels.noRequests")}</p>;
  const method = METHODS.find(([one]) => one === (assignment?.method || AssignmentMethod.QUEUE))?.[1] ?? "account.queue";
  const people = assignment?.method === AssignmentMethod.FIXED || assignment?.method === AssignmentMethod.ROUND_ROBIN ? assignment.employeeIds : [];
  const names = people.slice(0, 3).map((id) => employees.get(id)?.name ?? "—");
  const more = people.length > names.length ? [t("channels.more", { n: people.length - names.length })] : [];
  return <p className={css.muted}>{[t(method), [...names, ...more].join(", "), departments.get(departmentId)?.name].filter(Boolean).join(" · ")}</p>;
}

/** A customer of our own, so that a newcomer sees a message arrive and answers it. */
function Demo({ first }: { first: boolean }) {
  const { customerUrl } = useDemo();
  const [made, setMade] = useState("");
  const demo = useMutation(ChannelAccountService.method.connectDemo, {
    onSuccess: (answer) => {
      setMade(answer.customerUrl);
      refreshAccounts();
    },
  });
  const url = customerUrl || made;
  return (
    <section className={css.demo} aria-label={t("channels.demo")}>
      <p>{url ? t("channels.demoDone") : t("channels.demoHint")}</p>
      {demo.error && <Strip tone="red">{problemText(problemOf(demo.error))}</Strip>}
      <div className={css.buttons}>
        {url ? (
          <Button component="a" variant="default" href={url} target="_blank" rel="noopener" rightSection={<IconExternalLink size={16} stroke={1.75} aria-hidden="true" />}>
            {t("channels.demoOpen")}
          </Button>
        ) : (
          <Button variant={first ? "filled" : "default"} loading={demo.isPending} onClick={() => demo.mutate({})}>
            {t("channels.demo")}
          </Button>
        )}
      </div>
    </section>
  );
}
