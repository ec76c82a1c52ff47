import { IconLock } from "@tabler/icons-react";
import { t } from "../../i18n/index.ts";
import { useEmployees } from "../../rpc/directory.ts";
import { Chip } from "../../ui/Chip.tsx";

/** Says of a personal account whose it is; nothing of the company's. */
export function Personal({ owner }: { owner: string }) {
  const employees = useEmployees();
  if (!owner) return null;
  return (
    <Chip icon={<IconLock size={14} stroke={1.75} aria-hidden="true" />} title={t("account.personalHint")}>
      {t("account.personal", { name: employees.get(owner)?.name ?? "—" })}
    </Chip>
  );
}
