import { Button } from "@mantine/core";
import { useState } from "react";
import { t } from "../../../i18n/index.ts";
import { fold } from "../../../ui/fold.ts";
import { Field } from "../../../ui/Field.tsx";
import { OneEmployee } from "../assignment.tsx";
import css from "../channels.module.css";

/** Whose an account is: the company's, or one employee's, for good. */
export type Owner = { personal: boolean; employeeId: string };

type Props = {
  name: string;
  taken: ReadonlySet<string>;
  /** Whether accounts of this channel can be one employee's. */
  mayBePersonal: boolean;
  owner: Owner;
  onName: (name: string) => void;
  onOwner: (owner: Owner) => void;
  onDone: () => void;
};

/** The first step: what it is called, and whose it is. */
export function Identity({ name, taken, mayBePersonal, owner, onName, onOwner, onDone }: Props) {
  const [tried, setTried] = useState(false);
  const double = taken.has(fold(name));
  const ownerless = owner.personal && !owner.employeeId;
  return (
    <form
      className={css.card}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (name.trim() && !ownerless) onDone();
      }}
    >
      <Field label={t("connect.name")} hint={double ? t("connect.nameTaken") : t("connect.nameHint")} error={tried && !name.trim() ? t("connect.required") : undefined}>
        {(props) => <input {...props} autoFocus maxLength={100} value={name} onFocus={(event) => event.target.select()} onChange={(event) => onName(event.target.value)} />}
      </Field>
      {mayBePersonal && <OwnerFields owner={owner} tried={tried} onOwner={onOwner} />}
      <div className={css.buttons}>
        <Button type="submit">{t("connect.next")}</Button>
      </div>
    </form>
  );
}

function OwnerFields({ owner, tried, onOwner }: { owner: Owner; tried: boolean; onOwner: (owner: Owner) => void }) {
  const missing = tried && !owner.employeeId ? t("account.chooseOne") : undefined;
  return (
    <>
      <Field label={t("connect.whose")} hint={t(owner.personal ? "connect.whoseHint.personal" : "connect.whoseHint.common")}>
        {(props) => (
          <select {...props} value={owner.personal ? "personal" : "common"} onChange={(event) => onOwner({ personal: event.target.value === "personal", employeeId: "" })}>
            <option value="common">{t("connect.whose.common")}</option>
            <option value="personal">{t("connect.whose.personal")}</option>
          </select>
        )}
      </Field>
      {owner.personal && <OneEmployee chosen={owner.employeeId} locked={false} error={missing} onChoose={(employeeId) => onOwner({ personal: true, employeeId })} />}
    </>
  );
}
