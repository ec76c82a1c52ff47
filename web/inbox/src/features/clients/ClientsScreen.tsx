import { useParams } from "@tanstack/react-router";
import { Suspense, useEffect } from "react";
import { usePreference } from "../../rpc/preferences.ts";
import { part } from "../../ui/part.ts";
import { SkeletonRows } from "../../ui/States.tsx";
import { ClientPage } from "./card/ClientPage.tsx";
import sheet from "../../ui/sheet.module.css";
import { DoublesPage } from "./doubles/parts.ts";
import { ImportsPage } from "./imports/parts.ts";
import { ClientsPage } from "./list/ClientsPage.tsx";
import { NewClientPage } from "./NewClientPage.tsx";

export const NEW = "new";
/** How well all of them are filled. */
const QUALITY = "quality";
export const DUPLICATES = "duplicates";
/** Clients from a file. */
const IMPORT = "import";

const QualityPage = part(async () => (await import("./quality/QualityPage.tsx")).QualityPage);

/** What the address names: all, one, or a new one. */
export function ClientsScreen() {
  const { clientId } = useParams({ strict: false }) as { clientId?: string };
  const density = usePreference("density");
  useEffect(() => {
    document.documentElement.dataset["density"] = density;
  }, [density]);
  if (!clientId) {
    return (
      <main className={sheet.listScreen} data-pane>
        <ClientsPage />
      </main>
    );
  }
  if (clientId === DUPLICATES || clientId === IMPORT) {
    return (
      <main className={sheet.screen} data-pane>
        <Suspense>{clientId === IMPORT ? <ImportsPage /> : <DoublesPage />}</Suspense>
      </main>
    );
  }
  return (
    <main className={sheet.screen} data-pane>
      {clientId === QUALITY ? (
        <Suspense fallback={<SkeletonRows rows={6} height={72} />}>
          <QualityPage />
        </Suspense>
      ) : clientId === NEW ? <NewClientPage /> : <ClientPage key={clientId} clientId={clientId} />}
    </main>
  );
}
