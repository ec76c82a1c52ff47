import { t, useT } from "../../i18n/index.ts";
import { Page } from "../../ui/Page.tsx";
import { useTitle } from "../../ui/title.ts";
import { Look } from "./Look.tsx";
import { Me } from "./Me.tsx";
import { Password } from "./Password.tsx";
import { Sessions } from "./Sessions.tsx";
import { Totp } from "./Totp.tsx";

/** What is one's own: who one is here, how the page looks and behaves, how one signs in. */
export function ProfilePage() {
  useT();
  useTitle(t("profile.title"));
  return (
    <Page title={t("profile.title")}>
      <Me />
      <Look />
      <Totp />
      <Password />
      <Sessions />
    </Page>
  );
}
