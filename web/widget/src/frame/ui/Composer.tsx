import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { fileSize } from "../i18n/format.ts";
import { t } from "../i18n/index.ts";
import type { Attachments } from "./attachments.ts";
import { Consent } from "./Consent.tsx";
import { useDrop } from "./drop.ts";
import { IconButton } from "./IconButton.tsx";
import { Recorder, records } from "./Recorder.tsx";
import { Strip } from "./Strip.tsx";
import { useChat, usePlace } from "./place.ts";

/** Where the visitor writes. What is typed is kept at each letter, and goes out when everything for it is there. */
export function Composer({ attachments }: { attachments: Attachments }): VNode {
  const { session, store } = usePlace();
  const { config, agreed, token, view } = useChat();
  const [text, setText] = useState(() => store.get("draft") ?? "");
  const [problem, setProblem] = useState("");
  const [waiting, setWaiting] = useState(false);
  const [tried, setTried] = useState(false);
  const [recording, setRecording] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);

  const over = [...text].length - config.limits.text;
  const allowed = agreed || token !== undefined;
  const stuck = attachments.list.some(({ refusal }) => refusal);
  const something = text.trim() !== "" || attachments.list.length > 0;

  const write = (value: string): void => {
    setText(value);
    store.set("draft", value || null);
    setProblem("");
    if (value) session.typing();
  };
  const consented = (): boolean => {
    setTried(!allowed);
    if (!allowed) document.getElementById("consent")?.focus();
    return allowed;
  };
  const attach = (files: Iterable<File>): void => {
    setProblem("");
    if (!consented()) return setProblem(t("compose.consent"));
    for (const file of files) {
      const refusal = refusalOf(file, attachments.list.length, config.limits);
      if (refusal) setProblem(refusal);
      else attachments.add(file);
    }
  };
  const go = (): void => {
    session.write(text, attachments.take());
    write("");
    setWaiting(false);
    field.current?.focus();
  };
  const send = (): void => {
    if (!something || over > 0 || !consented()) return;
    if (attachments.ready) return go();
    setWaiting(!stuck);
    if (stuck) setProblem(t("compose.refused"));
  };

  useEffect(() => {
    if (!waiting) return;
    if (stuck) setWaiting(false);
    else if (attachments.ready) go();
  });
  useEffect(() => {
    if (view.open && view.focus) field.current?.focus();
  }, [view]);
  useEffect(() => {
    const back = (): void => (setText(store.get("draft") ?? ""), field.current?.focus());
    addEventListener("okno-draft", back);
    return () => removeEventListener("okno-draft", back);
  }, []);
  useGrowing(field, text);
  const dropping = useDrop(config.files ? attach : undefined);

  return (
    <div class="composer">
      {dropping ? <p class="drop">{t("compose.drop")}</p> : null}
      <Consent missing={tried} />
      <Strip attachments={attachments} />
      <p class="problem" role="alert">{over > 0 ? t("compose.long", { n: over }) : problem}</p>
      {waiting ? <p class="hint" role="status">{t("compose.wait")}</p> : null}
      <div class="row">
        {config.files && !recording ? (
          <>
            <IconButton icon="attach" name={t("compose.attach")} onClick={() => picker.current?.click()} />
            <input
              ref={picker} type="file" multiple hidden data-testid="files"
              onChange={({ currentTarget }) => {
                attach([...(currentTarget.files ?? [])]);
                currentTarget.value = "";
              }}
            />
          </>
        ) : null}
        {recording ? null : (
          <textarea
            ref={field} id="message" rows={1} value={text} aria-label={t("compose.field")} placeholder={t("compose.field")} enterkeyhint="send"
            onInput={({ currentTarget }) => write(currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
              event.preventDefault();
              send();
            }}
            onPaste={(event) => {
              const files = [...(event.clipboardData?.files ?? [])];
              if (files.length === 0 || !config.files) return;
              event.preventDefault();
              attach(files);
            }}
          />
        )}
        {something || !config.voice || !config.files || !records() ? (
          <IconButton primary icon="send" name={t("compose.send")} onClick={send} disabled={!something || over > 0} />
        ) : (
          <Recorder onBusy={setRecording} onProblem={setProblem} onDone={(file, ms) => consented() && attachments.add(file, { ms })} />
        )}
      </div>
    </div>
  );
}

function refusalOf(file: File, there: number, limits: { files: number; file_bytes: number }): string {
  if (there >= limits.files) return t("file.too_many", { n: limits.files });
  if (file.size > limits.file_bytes) return t("file.too_large", { name: file.name, size: fileSize(limits.file_bytes) });
  return file.size === 0 ? t("file.empty", { name: file.name }) : "";
}

/** As high as its text, up to what the style sheet allows. */
function useGrowing(field: { current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (!element || CSS.supports("field-sizing", "content")) return;
    element.rows = 1;
    const line = parseFloat(getComputedStyle(element).lineHeight);
    element.rows = Math.min(6, Math.max(1, Math.round((element.scrollHeight - 16) / line)));
  }, [text]);
}
