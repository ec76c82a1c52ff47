import { useQuery } from "@tanstack/react-query";
import { fileSize } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { fileUrl } from "../../../rpc/upload.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { SourceText } from "../../../ui/SourceText.tsx";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import css from "./Letter.module.css";
import { sourceOf } from "./markup.ts";

const MOST = 256 * 1024;

/** The letter as it came, byte for byte; of a long one its beginning. */
export function Source({ fileId, onClose }: { fileId: string; onClose: () => void }) {
  const { data, isError, refetch } = useQuery({ queryKey: ["letter-source", fileId], queryFn: ({ signal }) => sourceOf(fileId, MOST, signal), staleTime: Infinity, retry: 1 });
  return (
    <Dialog title={t("letter.source")} wide onClose={onClose}>
      {isError && <Failure what={t("letter.sourceFailed")} why={t("error.UNAVAILABLE")} retry={() => void refetch()} />}
      {!data && !isError && <SkeletonRows rows={6} height={18} />}
      {data && <SourceText label={t("letter.source")} text={data.text} />}
      {data && !data.whole && <p className={css.cut}>{t("letter.sourceCut", { size: fileSize(MOST) })}</p>}
      <a className={css.save} href={`${fileUrl(fileId)}?download`} download="letter.eml">
        {t("letter.save")}
      </a>
    </Dialog>
  );
}
