import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { withTexts } from "../i18n/index.ts";
import { signedIn } from "./signedIn.ts";

const text = (value: unknown): string | undefined => (typeof value === "string" && value ? value : typeof value === "number" ? String(value) : undefined);

const settings = createRoute({
  getParentRoute: () => signedIn,
  path: "/settings",
  component: lazyRouteComponent(() => withTexts(import("./SettingsLayout.tsx"), "settings"), "SettingsLayout"),
});

const home = createRoute({
  getParentRoute: () => settings,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/settings/channels" });
  },
});

const channels = createRoute({
  getParentRoute: () => settings,
  path: "/channels",
  component: lazyRouteComponent(() => import("../features/channels/ChannelsPage.tsx"), "ChannelsPage"),
});

const connect = createRoute({
  getParentRoute: () => settings,
  path: "/channels/new/$channel",
  validateSearch: (raw: Record<string, unknown>): { account?: string | undefined } => ({ account: text(raw["account"]) }),
  component: lazyRouteComponent(() => import("../features/channels/ConnectPage.tsx"), "ConnectPage"),
});

const account = createRoute({
  getParentRoute: () => settings,
  path: "/channels/$accountId",
  component: lazyRouteComponent(() => import("../features/channels/AccountPage.tsx"), "AccountPage"),
});

const profile = createRoute({
  getParentRoute: () => settings,
  path: "/profile",
  component: lazyRouteComponent(() => import("../features/profile/ProfilePage.tsx"), "ProfilePage"),
});

export const settingsRoutes = settings.addChildren([home, channels, connect, account, profile]);
