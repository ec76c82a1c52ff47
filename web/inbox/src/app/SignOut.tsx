import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { useT } from "../i18n/index.ts";
import { problemText } from "../i18n/problem.ts";
import type { Problem } from "../rpc/errors.ts";
import { Dialog } from "../ui/Dialog.tsx";
import form from "../ui/form/form.module.css";
import { Strip } from "../ui/Strip.tsx";
import { type Left, signOut, whatIsLeft } from "./endSession.ts";

/** Signs out at once where nothing is lost by it; else it asks. What does not succeed is said and can be tried again. */
export function SignOut({ onClose }: { onClose: () => void }) {
  const t = useT();
  const [left, setLeft] = useState<Left>();
  const [problem, setProblem] = useState<Problem>();
  const [leaving, setLeaving] = useState(false);
  const leave = async (): Promise<void> => {
    setLeaving(true);
    const met = await signOut();
    setProblem(met);
    if (met) setLeaving(false);
  };
  useEffect(() => {
    void whatIsLeft().then((found) => (found.replies + found.uploads + found.drafts > 0 ? setLeft(found) : leave()));
  }, []);
  if (!left && !problem) return null;
  return (
    <Dialog title={left ? t("signOut.left") : t("signOut.failed")} onClose={onClose}>
      {problem && <Strip tone="red">{left ? `${t("signOut.failed")} ${problemText(problem)}` : problemText(problem)}</Strip>}
      {left ? <WhatIsLeft left={left} /> : <p>{t("signOut.stillIn")}</p>}
      <div className={form.end}>
        <Button variant={left ? "filled" : "default"} data-autofocus onClick={onClose}>
          {t("signOut.stay")}
        </Button>
        <Button color={left ? "red" : undefined} variant={left ? "outline" : "filled"} loading={leaving} onClick={() => void leave()}>
          {left ? t("signOut.anyway") : t("action.retry")}
        </Button>
      </div>
    </Dialog>
  );
}

function WhatIsLeft({ left: { replies, uploads, drafts } }: { left: Left }) {
  const t = useT();
  return (
    <>
      <p>{t("signOut.leftHint")}</p>
      <ul>
        {replies > 0 && <li>{t("signOut.replies", { n: replies })}</li>}
        {uploads > 0 && <li>{t("signOut.uploads", { n: uploads })}</li>}
        {drafts > 0 && <li>{t("signOut.drafts", { n: drafts })}</li>}
      </ul>
    </>
  );
}
