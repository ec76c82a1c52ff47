import { createRootRoute, createRoute, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { setLanguage } from "../i18n/index.ts";
import { problemOf } from "../rpc/errors.ts";
import { takePreferences } from "../rpc/preferences.ts";
import { queryClient } from "../rpc/query.ts";
import { meOptions } from "../rpc/session.ts";
import { Crashed, NotFound, Unreachable } from "./Fallbacks.tsx";

export const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Crashed });

/** Everything behind the sign-in. Without a session it leads there and back again. */
export const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  beforeLoad: async ({ location }) => {
    // Once per session: what was chosen since stands in the page, not in this answer.
    if (queryClient.getQueryData(meOptions.queryKey)) return;
    try {
      const { employee, preferences } = await queryClient.ensureQueryData(meOptions);
      takePreferences(preferences);
      if (employee?.language === "ru" || employee?.language === "en") await setLanguage(employee.language);
    } catch (error) {
      if (problemOf(error).reason === "NOT_SIGNED_IN") throw redirect({ to: "/sign-in", search: { next: location.href } });
      throw error;
    }
  },
  component: lazyRouteComponent(() => import("./Shell.tsx"), "Shell"),
  errorComponent: Unreachable,
});
