import { useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { usePreference } from "../../rpc/preferences.ts";
import { LeadPage } from "./card/LeadPage.tsx";
import sheet from "../../ui/sheet.module.css";
import { LeadsPage } from "./list/LeadsPage.tsx";

/** What the address names: all leads, or one. */
export function LeadsScreen() {
  const { leadId } = useParams({ strict: false }) as { leadId?: string };
  const density = usePreference("density");
  useEffect(() => {
    document.documentElement.dataset["density"] = density;
  }, [density]);
  return (
    <main className={leadId ? sheet.screen : sheet.listScreen} data-pane>
      {leadId ? <LeadPage key={leadId} leadId={leadId} /> : <LeadsPage />}
    </main>
  );
}
