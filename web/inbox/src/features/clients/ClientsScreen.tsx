import { useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { usePreference } from "../../rpc/preferences.ts";
import { ClientPage } from "./card/ClientPage.tsx";
import css from "./clients.module.css";
import { ClientsPage } from "./list/ClientsPage.tsx";
import { NewClientPage } from "./NewClientPage.tsx";

export const NEW = "new";

/** What the address names: all, one, or a new one. */
export function ClientsScreen() {
  const { clientId } = useParams({ strict: false }) as { clientId?: string };
  const density = usePreference("density");
  useEffect(() => {
    document.documentElement.dataset["density"] = density;
  }, [density]);
  if (!clientId) {
    return (
      <main className={css.listScreen} data-pane>
        <ClientsPage />
      </main>
    );
  }
  return (
    <main className={css.screen} data-pane>
      {clientId === NEW ? <NewClientPage /> : <ClientPage key={clientId} clientId={clientId} />}
    </main>
  );
}
