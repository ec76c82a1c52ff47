import { Link } from "@tanstack/react-router";
import { type Access, AccessKind } from "../../../gen/okno/org/v1/access_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { dayAndClock, fullTime } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { addressName } from "../../../i18n/person.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { Chip } from "../../../ui/Chip.tsx";
import css from "./accesses.module.css";

const KINDS = { CLIENT: 1, CONTACT: 1, LEAD: 1, CLIENT_EXPORT: 1, PERSONAL_EXPORT: 1, CONVERSATION: 1, FILE: 1, LETTER_ORIGINAL: 1, DEAD_LETTER: 1, LIST: 1 } as const;

/** When, who, what and how; the last time where there were several. */
export function Row({ access }: { access: Access }) {
  const now = useNow(60_000);
  const who = useEmployees().get(access.employeeId)?.name ?? "…";
  const at = millis(access.at);
  return (
    <li className={css.row}>
      <time className={css.at} dateTime={new Date(at).toISOString()} title={fullTime(at)}>
        {dayAndClock(at, now)}
      </time>
      <strong className={css.who}>{who}</strong>
      <div className={css.what}>
        <p>
          {t(`accesses.kind.${AccessKind[access.kind] as keyof typeof KINDS}`)} <Thing access={access} />
        </p>
        <Where access={access} />
      </div>
      <div className={css.how}>
        {access.byKey ? <Chip tone="amber">{t("accesses.byKey")}</Chip> : <span className={css.quiet}>{t("accesses.inPage")}</span>}
        {access.times > 1 && <span className={css.quiet}>{t("accesses.times", { n: access.times, at: dayAndClock(millis(access.lastAt), now) })}</span>}
      </div>
    </li>
  );
}

/** The name of what was read, leading there. */
function Thing({ access }: { access: Access }) {
  const { kind, objectId, objectGone, clientId, conversationId } = access;
  const name = access.objectName || access.clientName;
  const isNameless = kind === AccessKind.PERSONAL_EXPORT && !name; // whose it was is erased
  if (objectGone || isNameless) return <span className={css.quiet}>{t("accesses.gone")}</span>;
  switch (kind) {
    case AccessKind.LIST:
      return null;
    case AccessKind.CLIENT_EXPORT:
      return access.records > 0n ? <span className={css.quiet}>{t("accesses.records", { n: Number(access.records) })}</span> : null;
    case AccessKind.DEAD_LETTER:
      return <Link to="/settings/quarantine">{t("accesses.quarantine")}</Link>;
    case AccessKind.LEAD:
      return (
        <Link to="/leads/$leadId" params={{ leadId: objectId }} search={{}}>
          {name}
        </Link>
      );
    case AccessKind.CLIENT:
    case AccessKind.CONTACT:
    case AccessKind.PERSONAL_EXPORT:
      if (!clientId) return name;
      return (
        <Link to="/clients/$clientId" params={{ clientId }} search={{}}>
          {name}
        </Link>
      );
    default:
      if (!conversationId) return <span className={css.quiet}>{t("accesses.closed")}</span>;
      return (
        <Link to="/inbox/$view/$conversationId" params={{ view: "all", conversationId }} search={{}}>
          {addressName(name) || t("accesses.dialog")}
        </Link>
      );
  }
}

/** Whose it is, and through which account it came. */
function Where({ access }: { access: Access }) {
  const { objectName, clientId, clientName, channel, accountName, kind } = access;
  const isOthers = clientName !== "" && clientName !== objectName && objectName !== "";
  if (!isOthers && !channel) return null;
  return (
    <p className={css.quiet}>
      {isOthers && (
        <>
          {t("accesses.client")}{" "}
          {kind === AccessKind.CONTACT ? (
            clientName
          ) : (
            <Link to="/clients/$clientId" params={{ clientId }} search={{}}>
              {clientName}
            </Link>
          )}
        </>
      )}
      {isOthers && channel && " · "}
      {channel && [channelTitle(channel), accountName].filter(Boolean).join(", ")}
    </p>
  );
}
