import { Button } from "@mantine/core";
import { IconDownload, IconFileSpreadsheet, IconUpload } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { type DragEvent, useEffect, useRef, useState } from "react";
import { fileSize } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { LeaveGuard } from "../../../ui/form/LeaveGuard.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { download } from "../quality/csv.ts";
import css from "./imports.module.css";
import { sampleFile } from "./mend.ts";
import { LARGEST, upload } from "./upload.ts";

const KINDS = ".xlsx,.csv,.tsv,.txt,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** A file from the disk, or dragged here. */
export function Choose() {
  const [over, setOver] = useState(false);
  const [refused, setRefused] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const sending = useSending();
  const take = (files: FileList | null): void => {
    const [file, another] = files ?? [];
    if (!file || sending.now) return;
    const wrong = another ? t("imports.one") : wrongWith(file);
    setRefused(wrong);
    if (!wrong) void sending.send(file);
  };
  const problem = refused || sending.problem;
  const { now } = sending;
  return (
    <>
      <section className={css.drop} aria-label={t("imports.step.file")} data-over={over || undefined} onDragOver={(event) => (event.preventDefault(), setOver(true))} onDragLeave={(event) => left(event) && setOver(false)} onDrop={(event) => (event.preventDefault(), setOver(false), take(event.dataTransfer.files))}>
        <IconFileSpreadsheet size={40} stroke={1.25} aria-hidden="true" />
        {now ? (
          <>
            <p role="status">{t("imports.sending", { name: now.name, done: fileSize(now.sent), all: fileSize(now.size) })}</p>
            <progress className={css.bar} max={now.size} value={now.sent} aria-label={t("imports.step.file")} />
            <Button variant="default" onClick={sending.cancel}>
              {t("imports.cancel")}
            </Button>
          </>
        ) : (
          <>
            <p className={css.dropTitle}>{t(over ? "imports.dropHere" : "imports.drop")}</p>
            <div className={css.buttons}>
              <input ref={field} type="file" accept={KINDS} hidden data-testid="import-file" onChange={({ target }) => (take(target.files), (target.value = ""))} />
              <Button leftSection={<IconUpload size={16} stroke={1.75} aria-hidden="true" />} onClick={() => field.current?.click()}>
                {t("imports.choose")}
              </Button>
              <Button variant="subtle" leftSection={<IconDownload size={16} stroke={1.75} aria-hidden="true" />} onClick={() => download(t("imports.sampleName"), sampleFile())}>
                {t("imports.sample")}
              </Button>
            </div>
            <p className={css.muted}>{t("imports.limits")}</p>
          </>
        )}
      </section>
      {problem && <Strip tone="red">{problem}</Strip>}
      <LeaveGuard dirty={now !== undefined && now.sent < now.size} />
    </>
  );
}

/** Not when it goes over what is inside. */
function left({ currentTarget, relatedTarget }: DragEvent): boolean {
  return !(relatedTarget instanceof Node && currentTarget.contains(relatedTarget));
}

function wrongWith(file: File): string {
  if (file.size > LARGEST) return t("imports.tooLarge");
  if (file.size === 0) return t("imports.emptyFile");
  return /\.xls$/iu.test(file.name) ? t("imports.problem.3") : "";
}

type Sending = { name: string; sent: number; size: number };

function useSending() {
  const [now, setNow] = useState<Sending>();
  const [problem, setProblem] = useState("");
  const [openId, setOpenId] = useState("");
  const stop = useRef<AbortController>(undefined);
  const navigate = useNavigate();
  useEffect(() => () => stop.current?.abort(), []);
  // Once the guard knows that nothing is left behind.
  useEffect(() => {
    if (openId) void navigate({ to: "/clients/$clientId", params: { clientId: "import" }, search: { id: openId } });
  }, [openId, navigate]);
  const send = async (file: File): Promise<void> => {
    const { signal } = (stop.current = new AbortController());
    setProblem("");
    setNow({ name: file.name, sent: 0, size: file.size });
    try {
      setOpenId(await upload(file, (sent) => setNow({ name: file.name, sent, size: file.size }), signal));
    } catch (error) {
      if (!signal.aborted) setProblem(`${t("imports.sendFailed")}. ${problemText(problemOf(error))}`);
    }
    setNow(undefined);
  };
  return { now, problem, send, cancel: () => stop.current?.abort() };
}
