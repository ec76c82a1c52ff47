import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { type PersonalExport, PersonalExportState } from "../../../gen/okno/crm/v1/personal_data_service_pb.ts";
import { dayAndClock, fileSize } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Counts } from "./Counts.tsx";
import { isRunning, share, useGivingOut } from "./exports.ts";
import css from "./personal.module.css";

const STATES = { RUNNING: 1, READY: 1, REMOVED: 1 } as const;

/** One export: how far it is, what is in it, and until when it can be fetched. */
export function ExportCard({ one, link }: { one: PersonalExport; /** To the client, where the card stands by itself. */ link?: React.ReactNode }) {
  const now = useNow(60_000);
  const employees = useEmployees();
  const { download, remove, busy } = useGivingOut(one);
  const ready = one.state === PersonalExportState.READY;
  const running = isRunning(one);
  const percent = Math.round(share(one) * 100);
  const name = employees.get(one.askedByEmployeeId)?.name ?? t("personal.system");
  const at = (time: PersonalExport["askedAt"]): string => dayAndClock(millis(time), now);
  const told = [
    t("personal.asked", { name, at: at(one.askedAt) }),
    ready && t("personal.exportUntil", { at: at(one.removedAt) }),
    one.state === PersonalExportState.REMOVED && t("personal.exportGone", { at: at(one.removedAt) }),
    one.downloads > 0 && t("personal.downloads", { n: one.downloads, at: at(one.downloadedAt) }),
  ];
  return (
    <div className={css.one}>
      <div className={css.line}>
        <Chip tone={running ? "accent" : ready ? "green" : "gray"}>{t(`personal.exportState.${PersonalExportState[one.state] as keyof typeof STATES}`)}</Chip>
        <strong>{fileSize(Number(one.sizeBytes))}</strong>
        {link}
      </div>
      <p className={css.quiet}>{told.filter(Boolean).join(" · ")}</p>
      {running && <progress className={css.progress} aria-label={t("personal.exportProgress")} max={100} value={percent} />}
      {(running || ready) && (
        <div className={css.line}>
          {ready && (
            <Button leftSection={<IconDownload size={16} stroke={1.75} aria-hidden="true" />} disabled={busy} onClick={download}>
              {t("personal.download")}
            </Button>
          )}
          <Button variant="default" disabled={busy} onClick={remove}>
            {t(running ? "personal.exportStop" : "personal.exportRemove")}
          </Button>
        </div>
      )}
      {one.packed.length > 0 && (
        <details>
          <summary>{t("personal.exportHas")}</summary>
          <Counts counts={one.packed} label={t("personal.exportHas")} />
        </details>
      )}
    </div>
  );
}
