import { Button } from "@mantine/core";
import { useQuery } from "@connectrpc/connect-query";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { type AccessLevel, AccessService } from "../../../gen/okno/crm/v1/access_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { useDepartments } from "../../../rpc/departments.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Section } from "../../../ui/Page.tsx";
import { Failure } from "../../../ui/States.tsx";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { LevelDialog } from "./LevelDialog.tsx";

/** Labels on clients: who holds one sees the clients that have it. */
export function Levels({ locked }: { locked: boolean }) {
  const { data, error, refetch } = useQuery(AccessService.method.listAccessLevels, { withArchived: true });
  const [open, setOpen] = useState<string>();
  const problem = error && !data ? problemOf(error) : undefined;
  const levels = data?.accessLevels ?? [];
  const edited = levels.find(({ accessLevelId }) => accessLevelId === open);
  return (
    <Section title={t("client.field.accessLevelIds")}>
      <p className={css.muted}>{t("cards.levelsHint")}</p>
      {problem && <Failure what={t("cards.levelsFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {levels.length > 0 && (
        <ul className={sheet.list}>
          {levels.map((level) => (
            <Row key={level.accessLevelId} level={level} locked={locked} onEdit={() => setOpen(level.accessLevelId)} />
          ))}
        </ul>
      )}
      {!locked && (
        <div className={css.buttons}>
          <Button variant="default" size="compact-sm" leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={() => setOpen("")}>
            {t("cards.addLevel")}
          </Button>
        </div>
      )}
      {open !== undefined && (open === "" || edited) && <LevelDialog level={edited} onClose={() => setOpen(undefined)} />}
    </Section>
  );
}

function Row({ level, locked, onEdit }: { level: AccessLevel; locked: boolean; onEdit: () => void }) {
  const employees = useEmployees();
  const departments = useDepartments();
  const holders = [...level.departmentIds.map((id) => departments.get(id)?.name), ...level.employeeIds.map((id) => employees.get(id)?.name)].filter(Boolean).join(", ");
  return (
    <li className={css.item} aria-label={level.name} data-dim={level.archived || undefined}>
      <span className={sheet.itemText}>
        <span className={sheet.itemName}>
          {level.name}
          {level.allClients && <Chip tone="amber">{t("cards.allClients")}</Chip>}
          {level.archived && <Chip>{t("clients.inArchive")}</Chip>}
        </span>
        <span className={css.muted}>{holders || t("cards.noHolders")}</span>
      </span>
      {!locked && (
        <Button variant="subtle" size="compact-sm" aria-label={t("contacts.edit", { name: level.name })} onClick={onEdit}>
          {t("contacts.change")}
        </Button>
      )}
    </li>
  );
}
