import { Button } from "@mantine/core";
import { createClient } from "@connectrpc/connect";
import { useMutation } from "@tanstack/react-query";
import { IconPlus } from "@tabler/icons-react";
import { DirectoryKind, DirectoryService } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { transport } from "../../../rpc/transport.ts";
import { toast } from "../../../ui/toasts.ts";
import { refresh } from "../queries.ts";

const USUAL = ["parent", "holding", "partner", "recommended", "employer", "spouse"] as const;
const directories = createClient(DirectoryService, transport);

/** The kinds of links that most companies want, in the language of whoever sets them up. */
export function UsualKinds() {
  const add = useMutation({
    mutationFn: async () => {
      for (const [place, name] of USUAL.entries()) {
        const reverseName = t(`links.usual.${name}.reverse`);
        const own = t(`links.usual.${name}`);
        await directories.createDirectoryEntry({ requestId: newId(), entry: { kind: DirectoryKind.CLIENT_LINK, name: own, reverseName: reverseName === own ? "" : reverseName, place } });
      }
    },
    onError: (error) => toast(problemText(problemOf(error)), { error: true }),
    onSettled: () => refresh(DirectoryService),
  });
  return (
    <Button variant="default" size="compact-sm" loading={add.isPending} leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={() => add.mutate()}>
      {t("links.addUsual")}
    </Button>
  );
}
