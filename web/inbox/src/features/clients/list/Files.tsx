import { Button } from "@mantine/core";
import { IconDownload, IconFileSpreadsheet, IconUpload } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { t } from "../../../i18n/index.ts";
import { Menu } from "../../../ui/Menu.tsx";
import { ExportDialog } from "../imports/parts.ts";
import type { ClientQuery } from "../query.ts";

/** Clients from a file, and the list into one. */
export function Files({ query }: { query: ClientQuery }) {
  const navigate = useNavigate();
  const [exporting, setExporting] = useState(false);
  const items = () => [
    { kind: "action" as const, label: t("clients.import"), lead: <IconUpload size={16} stroke={1.75} aria-hidden="true" />, run: () => void navigate({ to: "/clients/$clientId", params: { clientId: "import" }, search: {} }) },
    { kind: "action" as const, label: t("clients.export"), lead: <IconDownload size={16} stroke={1.75} aria-hidden="true" />, run: () => setExporting(true) },
  ];
  return (
    <>
      <Menu label={t("clients.files")} items={items}>
        {(button) => (
          <Button variant="default" leftSection={<IconFileSpreadsheet size={16} stroke={1.75} aria-hidden="true" />} {...button}>
            {t("clients.files")}
          </Button>
        )}
      </Menu>
      <Suspense>{exporting && <ExportDialog query={query} onClose={() => setExporting(false)} />}</Suspense>
    </>
  );
}
