import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@connectrpc/connect-query";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { type CustomField, FieldObject, FieldService } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Section } from "../../../ui/Page.tsx";
import { Failure } from "../../../ui/States.tsx";
import { toast } from "../../../ui/toasts.ts";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { refresh } from "../queries.ts";
import { FIELD_TYPES, wordOf } from "../words.ts";
import { FieldDialog } from "./FieldDialog.tsx";

/** The company's own fields of clients, or of contacts. */
export function OwnFields({ object, locked }: { object: FieldObject; locked: boolean }) {
  const { data, error, refetch } = useQuery(FieldService.method.listCustomFields, { object, withArchived: true });
  const [open, setOpen] = useState<string>();
  const problem = error && !data ? problemOf(error) : undefined;
  const fields = data?.fields ?? [];
  const edited = fields.find(({ fieldId }) => fieldId === open);
  return (
    <Section title={t(object === FieldObject.CLIENT ? "cards.clientFields" : "cards.contactFields")}>
      {problem && <Failure what={t("cards.fieldsFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {data && fields.length === 0 && <p className={css.muted}>{t("cards.noFields")}</p>}
      {fields.length > 0 && (
        <ul className={sheet.list}>
          {fields.map((field) => (
            <Row key={field.fieldId} field={field} locked={locked} onEdit={() => setOpen(field.fieldId)} />
          ))}
        </ul>
      )}
      {!locked && (
        <div className={css.buttons}>
          <Button variant="default" size="compact-sm" leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={() => setOpen("")}>
            {t("cards.addField")}
          </Button>
        </div>
      )}
      {open !== undefined && (open === "" || edited) && <FieldDialog object={object} field={edited} place={fields.length + 1} onClose={() => setOpen(undefined)} />}
    </Section>
  );
}

function Row({ field, locked, onEdit }: { field: CustomField; locked: boolean; onEdit: () => void }) {
  const update = useMutation(FieldService.method.updateCustomField, {
    onSuccess: () => refresh(FieldService),
    onError: (error) => {
      void refresh(FieldService);
      toast(problemText(problemOf(error)), { error: true });
    },
  });
  const { fieldId, etag, archived } = field;
  const what = [wordOf(FIELD_TYPES, field.type), field.searchable && t("cards.searchable"), field.versioned && t("cards.versioned")].filter(Boolean).join(" · ");
  return (
    <li className={css.item} aria-label={field.name} data-dim={archived || undefined}>
      <span className={sheet.itemText}>
        <span className={sheet.itemName}>
          {field.name}
          {archived && <Chip>{t("clients.inArchive")}</Chip>}
        </span>
        <span className={css.muted}>{what}</span>
      </span>
      {!locked && !archived && (
        <Button variant="subtle" size="compact-sm" aria-label={t("contacts.edit", { name: field.name })} onClick={onEdit}>
          {t("contacts.change")}
        </Button>
      )}
      {!locked && (
        <Button variant="subtle" size="compact-sm" loading={update.isPending} onClick={() => update.mutate({ field: { fieldId, etag, archived: !archived }, updateMask: { paths: ["archived"] } })}>
          {t(archived ? "clients.restore" : "clients.archive")}
        </Button>
      )}
    </li>
  );
}
