import { Button } from "@mantine/core";
import { useState } from "react";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import type { Problem } from "../../../rpc/errors.ts";
import { isAdministrator, isHead, useMe } from "../../../rpc/session.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Field } from "../../../ui/Field.tsx";
import type { ListFilter } from "../filter.ts";
import css from "../header/dialogs.module.css";
import { createView, newViewId } from "./saveView.ts";

const NAME_AT_MOST = 100;

type Props = { filter: ListFilter; onClose: () => void; onSaved: (path: string) => void };

/** Keeps the list as it is now under a name, for oneself or for everyone. */
export function SaveViewDialog({ filter, onClose, onSaved }: Props) {
  useT();
  const me = useMe().employee;
  const mayShare = isHead(me) || isAdministrator(me);
  const [requestId] = useState(newViewId);
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const [tried, setTried] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  const submit = async (): Promise<void> => {
    setTried(true);
    if (!name.trim()) return;
    const made = await createView(requestId, filter, name.trim(), shared);
    if ("problem" in made) return setProblem(made.problem);
    onClose();
    onSaved(made.path);
  };
  const error = problem ? problemText(problem) : tried && !name.trim() ? t("views.nameNeeded") : undefined;
  return (
    <Dialog title={t("views.save")} onClose={onClose}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field label={t("views.name")} error={error}>
          {(props) => <input {...props} data-autofocus maxLength={NAME_AT_MOST} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <label className={css.check} title={mayShare ? undefined : t("views.shareRight")}>
          <input type="checkbox" checked={shared} disabled={!mayShare} aria-describedby={mayShare ? undefined : "share-right"} onChange={(event) => setShared(event.target.checked)} />
          <span>{t("views.share")}</span>
        </label>
        {!mayShare && (
          <p id="share-right" className={css.hint}>
            {t("views.shareRight")}
          </p>
        )}
        <div className={css.buttons}>
          <Button variant="default" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button type="submit">{t("action.save")}</Button>
        </div>
      </form>
    </Dialog>
  );
}
