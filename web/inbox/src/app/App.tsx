import "@fontsource-variable/golos-text/wght.css";
import "@mantine/core/styles/default-css-variables.css";
import "@mantine/core/styles/UnstyledButton.css";
import "@mantine/core/styles/Button.css";
import "@mantine/core/styles/Loader.css";
import "../ui/tokens.css";
import "../ui/global.css";
import "../ui/mantine.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { queryClient } from "../rpc/query.ts";
import { transport } from "../rpc/transport.ts";
import { Announcer } from "../ui/Announcer.tsx";
import { cssVariables, theme } from "../ui/theme.ts";
import { Toasts } from "../ui/Toasts.tsx";
import { router } from "./router.tsx";

const colorScheme = localStorageColorSchemeManager({ key: "okno.scheme" });

export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} colorSchemeManager={colorScheme} defaultColorScheme="auto" withStaticClasses withGlobalClasses={false} deduplicateCssVariables={false}>
      <TransportProvider transport={transport}>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
          <Toasts />
          <Announcer />
        </QueryClientProvider>
      </TransportProvider>
    </MantineProvider>
  );
}
