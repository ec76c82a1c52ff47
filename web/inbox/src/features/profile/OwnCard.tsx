import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useState } from "react";
import type { Employee } from "../../gen/okno/org/v1/employee_service_pb.ts";
import { SessionService } from "../../gen/okno/org/v1/session_service_pb.ts";
import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { problemOf } from "../../rpc/errors.ts";
import { queryClient } from "../../rpc/query.ts";
import { meOptions } from "../../rpc/session.ts";
import { Field } from "../../ui/Field.tsx";
import { PickButton } from "../../ui/form/PickButton.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { toast } from "../../ui/toasts.ts";
import { zoneItems, zoneText } from "../../ui/zones.ts";
import css from "./ProfilePage.module.css";

/** What everybody changes about themselves: the name that customers read, and the time zone. */
export function OwnCard({ employee }: { employee: Employee }) {
  // What was typed here; what was not follows the server.
  const [typed, setTyped] = useState<{ name?: string; timeZone?: string }>({});
  const name = typed.name ?? employee.name;
  const timeZone = typed.timeZone ?? employee.timeZone;
  const save = useMutation(SessionService.method.updateMe, {
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: meOptions.queryKey });
      setTyped({});
      toast(t("profile.saved"));
    },
  });
  const problem = save.error ? problemOf(save.error) : undefined;
  const wrong = (field: string): string | undefined => (problem?.metadata["field"] === field ? problemText(problem) : undefined);
  const missing = name.trim() === "" ? t("form.required") : undefined;
  const dirty = name.trim() !== employee.name || timeZone !== employee.timeZone;
  return (
    <form
      className={css.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (dirty && !missing && !save.isPending) save.mutate({ name: name.trim(), timeZone });
      }}
    >
      <div className={css.pair}>
        <Field label={t("profile.name")} hint={t("profile.nameHint")} error={missing ?? wrong("name")}>
          {(props) => <input {...props} autoComplete="name" maxLength={200} value={name} onChange={(event) => setTyped({ ...typed, name: event.target.value })} />}
        </Field>
        <PickButton label={t("profile.timeZone")} error={wrong("time_zone")} value={zoneText(timeZone)} placeholder="—" items={zoneItems} onPick={(zone) => setTyped({ ...typed, timeZone: zone })} />
      </div>
      {problem && !wrong("name") && !wrong("time_zone") && <Strip tone="red">{problemText(problem)}</Strip>}
      <Button type="submit" variant="default" disabled={!dirty} loading={save.isPending}>
        {t("action.save")}
      </Button>
    </form>
  );
}
