import { t } from "../../i18n/index.ts";
import { Strip } from "../../ui/Strip.tsx";

/** Everyone may look; why nothing can be changed stands here. */
export function OnlyAdministrators() {
  return <Strip>{t("org.onlyAdmin")}</Strip>;
}
