import { Button } from "@mantine/core";
import { useQuery } from "@connectrpc/connect-query";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { ChannelAccountService } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { fileSize } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { problemOf } from "../../rpc/errors.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { SourceText, textOfBytes } from "../../ui/SourceText.tsx";
import { Failure, SkeletonRows } from "../../ui/States.tsx";
import { toast } from "../../ui/toasts.ts";
import css from "./channels.module.css";
import { fileName, wholeOf } from "./bytes.ts";

type Props = { deadLetterId: string; onClose: () => void };

/** What came, byte for byte, as text; of a long one its beginning. Nothing in it is taken for markup. */
export function Original({ deadLetterId, onClose }: Props) {
  const { data, error, refetch } = useQuery(ChannelAccountService.method.getDeadLetterOriginal, { deadLetterId, offset: 0n, limit: 0 });
  const [saving, setSaving] = useState(false);
  const save = async () => {
    setSaving(true);
    try {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await wholeOf(deadLetterId));
      link.download = fileName(deadLetterId, data?.contentType ?? "");
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (failed) {
      toast(problemText(problemOf(failed)));
    }
    setSaving(false);
  };
  return (
    <Dialog title={t("account.original")} wide onClose={onClose}>
      {error && !data && <Failure what={t("account.originalFailed")} why={problemText(problemOf(error))} retry={() => void refetch()} />}
      {!data && !error && <SkeletonRows rows={6} height={18} />}
      {data && (
        <>
          <SourceText label={t("account.original")} text={textOfBytes(data.data)} />
          {data.sizeBytes > BigInt(data.data.length) && <p className={css.muted}>{t("account.originalCut", { size: fileSize(data.data.length), whole: fileSize(Number(data.sizeBytes)) })}</p>}
          <Button variant="default" loading={saving} leftSection={<IconDownload size={16} stroke={1.75} aria-hidden="true" />} onClick={() => void save()}>
            {t("account.originalSave")}
          </Button>
        </>
      )}
    </Dialog>
  );
}
