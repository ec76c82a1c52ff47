import { create } from "@bufbuild/protobuf";
import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useRef, useState } from "react";
import { DirectoryKind } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { type CustomField, CustomFieldSchema, type FieldObject, FieldOptionSchema, FieldReference, FieldService, FieldType } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import { useCloseGuard } from "../../../ui/form/closeGuard.tsx";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { KINDS } from "../directories/kinds.ts";
import { Flag, Rows, SelectField, TextField } from "../fields/controls.tsx";
import { refresh } from "../queries.ts";
import { focusFirstError } from "../../../ui/form/focus.ts";
import { FIELD_TYPES, REFERENCES } from "../words.ts";

type Props = { object: FieldObject; field: CustomField | undefined; /** Where a new one stands. */ place: number; onClose: () => void };

/** Adds a field of one's own; its type stays what it is from then on. */
export function FieldDialog({ object, field, place, onClose }: Props) {
  const [before] = useState(() => field ?? create(CustomFieldSchema, { object, place, type: FieldType.TEXT }));
  const [form, setForm] = useState(before);
  const [tried, setTried] = useState(false);
  const [requestId] = useState(newId);
  const box = useRef<HTMLFormElement>(null);
  const after = {
    onSuccess: async (): Promise<void> => {
      await refresh(FieldService);
      toast(t("form.saved"));
      onClose();
    },
    onError: (error: unknown): void => {
      if (problemOf(error).reason === "ETAG_MISMATCH") void refresh(FieldService);
      focusFirstError(box.current);
    },
  };
  const add = useMutation(FieldService.method.createCustomField, after);
  const update = useMutation(FieldService.method.updateCustomField, after);
  const running = field ? update : add;
  const problem = running.error ? problemOf(running.error) : undefined;
  const taken = problem?.reason === "NAME_TAKEN" ? problemText(problem) : undefined;
  const named = form.name.trim() !== "";
  const options = form.options.filter(({ name }) => name.trim());
  const chosen = form.type !== FieldType.LIST || options.length > 0;
  const set = (part: Partial<CustomField>): void => (running.reset(), setForm({ ...form, ...part }));
  const submit = (): void => {
    setTried(true);
    if (running.isPending) return;
    if (!named || !chosen) return focusFirstError(box.current);
    const wanted = { ...form, name: form.name.trim(), options: options.map((option) => ({ ...option, name: option.name.trim() })) };
    // The version that was read when the form was opened: what a colleague saved since is not overwritten.
    if (field) update.mutate({ field: wanted, updateMask: { paths: ["name", "options", "searchable", "versioned"] } });
    else add.mutate({ requestId, field: wanted });
  };
  const guard = useCloseGuard(form !== before, onClose);
  return (
    <Dialog title={field ? t("contacts.edit", { name: field.name }) : t("cards.addField")} onClose={guard.close}>
      <form
        ref={box}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className={css.fields}>
          <TextField label={t("client.field.name")} error={taken ?? (tried && !named ? t("form.required") : undefined)} most={100} value={form.name} onChange={(name) => set({ name })} />
          {!field && <SelectField label={t("cards.type")} hint={t("cards.typeHint")} value={String(form.type)} items={FIELD_TYPES.map(([type, label]) => [String(type), t(label)])} onChange={(type) => set({ type: Number(type), reference: Number(type) === FieldType.REFERENCE ? FieldReference.DIRECTORY : 0, directoryKind: Number(type) === FieldType.REFERENCE ? DirectoryKind.OTHER : 0 })} />}
          {!field && form.type === FieldType.REFERENCE && <SelectField label={t("cards.reference")} value={String(form.reference)} items={REFERENCES.map(([reference, label]) => [String(reference), t(label)])} onChange={(reference) => set({ reference: Number(reference), directoryKind: Number(reference) === FieldReference.DIRECTORY ? DirectoryKind.OTHER : 0 })} />}
          {!field && form.reference === FieldReference.DIRECTORY && <SelectField label={t("directories.list")} value={String(form.directoryKind)} items={KINDS.map(([kind, , label]) => [String(kind), t(label)])} onChange={(kind) => set({ directoryKind: Number(kind) })} />}
          {form.type === FieldType.LIST && (
            <Rows label={t("cards.options")} error={tried && !chosen ? t("cards.optionsWrong") : undefined} items={form.options} most={200} add={t("cards.addOption")} name={(option, index) => option.name || t("cards.optionN", { n: index + 1 })} blank={() => create(FieldOptionSchema, { optionId: newId() })} onChange={(all) => set({ options: all })}>
              {(option, change, index) => <input className={css.control} data-grow aria-label={t("cards.optionN", { n: index + 1 })} maxLength={200} value={option.name} onChange={(event) => change({ name: event.target.value })} />}
            </Rows>
          )}
          {form.type === FieldType.TEXT && <Flag label={t("cards.searchable")} checked={form.searchable} onChange={(searchable) => set({ searchable })} />}
          <Flag label={t("cards.versioned")} hint={t("cards.versionedHint")} checked={form.versioned} onChange={(versioned) => set({ versioned })} />
        </div>
        {problem && !taken && <Strip tone="red">{problem.reason === "ETAG_MISMATCH" ? t("cards.stale") : problemText(problem)}</Strip>}
        {guard.question}
        <div className={sheet.dialogEnd}>
          <Button variant="default" onClick={guard.close}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={running.isPending}>
            {t(field ? "action.save" : "cards.addField")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
