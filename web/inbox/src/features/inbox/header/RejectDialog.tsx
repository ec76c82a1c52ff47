import { Button } from "@mantine/core";
import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { RequestService } from "../../../gen/okno/inbox/v1/request_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Field } from "../../../ui/Field.tsx";
import css from "./dialogs.module.css";

type Props = { onClose: () => void; onSubmit: (rejectReasonId: string, comment: string) => void };

/** Rejects with a reason of the catalogue; some reasons want a comment. */
export function RejectDialog({ onClose, onSubmit }: Props) {
  useT();
  const reasons = useQuery(RequestService.method.listRejectReasons, { pageSize: 200 }).data?.reasons ?? [];
  const [chosen, setChosen] = useState("");
  const [comment, setComment] = useState("");
  const [tried, setTried] = useState(false);
  const needsComment = reasons.find((reason) => reason.rejectReasonId === chosen)?.needsComment ?? false;
  const complete = chosen !== "" && (!needsComment || comment.trim() !== "");

  const submit = (): void => {
    setTried(true);
    if (!complete) return;
    onClose();
    onSubmit(chosen, comment.trim());
  };
  return (
    <Dialog title={t("reject.title")} onClose={onClose}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <fieldset className={css.reasons} aria-describedby={tried && !chosen ? "reject-reason-error" : undefined}>
          <legend>{t("reject.reason")}</legend>
          {reasons.map((reason, index) => (
            <label key={reason.rejectReasonId} className={css.reason}>
              <input type="radio" name="reason" data-autofocus={index === 0 || undefined} checked={chosen === reason.rejectReasonId} onChange={() => setChosen(reason.rejectReasonId)} />
              <span title={reason.fullName}>{reason.shortName || reason.fullName}</span>
            </label>
          ))}
          {tried && !chosen && (
            <p id="reject-reason-error" className={css.error}>
              {t("reject.reasonNeeded")}
            </p>
          )}
        </fieldset>
        <Field label={t("reject.comment")} error={tried && needsComment && !comment.trim() ? t("reject.commentNeeded") : undefined}>
          {(props) => <textarea {...props} rows={2} maxLength={2000} value={comment} onChange={(event) => setComment(event.target.value)} />}
        </Field>
        <div className={css.buttons}>
          <Button variant="default" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button type="submit">{t("reject.submit")}</Button>
        </div>
      </form>
    </Dialog>
  );
}
