import { FieldObject } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { Page } from "../../../ui/Page.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { useTitle } from "../../../ui/title.ts";
import { Keeping } from "./Keeping.tsx";
import { Levels } from "./Levels.tsx";
import { OwnFields } from "./OwnFields.tsx";

/** How the company keeps clients: who sees them, what cards hold beside the common fields, whose changes are kept. */
export function CardsPage() {
  useT();
  const title = t("settings.cards");
  useTitle(title);
  const locked = !isAdministrator(useMe().employee);
  return (
    <Page title={title}>
      {locked && <Strip>{t("cards.onlyAdmin")}</Strip>}
      <OwnFields object={FieldObject.CLIENT} locked={locked} />
      <OwnFields object={FieldObject.CONTACT} locked={locked} />
      <Levels locked={locked} />
      <Keeping locked={locked} />
    </Page>
  );
}
