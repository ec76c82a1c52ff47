import { Button, createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const accent = Array.from({ length: 10 }, () => "var(--accent)") as unknown as MantineColorsTuple;

export const theme = createTheme({
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--font-mono)",
  primaryColor: "accent",
  colors: { accent },
  focusRing: "never",
  cursorType: "pointer",
  respectReducedMotion: true,
  defaultRadius: "md",
  radius: { xs: "var(--radius-chip)", sm: "var(--radius-chip)", md: "var(--radius-control)", lg: "var(--radius-card)", xl: "var(--radius-dialog)" },
  spacing: { xs: "var(--space-2)", sm: "var(--space-3)", md: "var(--space-4)", lg: "var(--space-5)", xl: "var(--space-6)" },
  fontSizes: { xs: "var(--text-xs)", sm: "var(--text-sm)", md: "var(--text-md)", lg: "var(--text-lg)", xl: "var(--text-xl)" },
  lineHeights: { xs: "var(--leading-xs)", sm: "var(--leading-sm)", md: "var(--leading-md)", lg: "var(--leading-lg)", xl: "var(--leading-xl)" },
  components: {
    Button: Button.extend({
      vars: (_theme, { size }) => ({
        root: {
          "--button-height": size === "compact-sm" ? "var(--height-compact)" : size === "lg" ? "var(--height-touch)" : "var(--height-control)",
          "--button-padding-x": "var(--space-3)",
          "--button-fz": "var(--text-sm)",
        },
      }),
    }),
  },
});

/** Mantine's own variables, mapped onto our tokens; the tokens change with the colour scheme by themselves. */
const mapped: Record<string, string> = {
  "--mantine-color-body": "var(--surface)",
  "--mantine-color-text": "var(--text)",
  "--mantine-color-bright": "var(--text)",
  "--mantine-color-dimmed": "var(--muted)",
  "--mantine-color-placeholder": "var(--faint)",
  "--mantine-color-anchor": "var(--accent-text)",
  "--mantine-color-error": "var(--red)",
  "--mantine-color-default": "var(--surface)",
  "--mantine-color-default-hover": "var(--hover)",
  "--mantine-color-default-color": "var(--text)",
  "--mantine-color-default-border": "var(--control)",
  "--mantine-color-disabled": "var(--gray-bg)",
  "--mantine-color-disabled-color": "var(--gray)",
  "--mantine-color-disabled-border": "var(--line)",
  "--mantine-color-gray-light": "var(--gray-bg)",
  "--mantine-color-gray-light-hover": "var(--hover)",
  "--mantine-color-gray-light-color": "var(--muted)",
  "--mantine-color-gray-filled": "var(--gray)",
  "--mantine-color-red-filled": "var(--red)",
  "--mantine-color-red-light": "var(--red-bg)",
  "--mantine-color-red-light-hover": "var(--red-bg)",
  "--mantine-color-red-light-color": "var(--red)",
  "--mantine-color-red-outline": "var(--red)",
  "--mantine-color-accent-filled": "var(--accent)",
  "--mantine-color-accent-filled-hover": "var(--accent-hover)",
  "--mantine-color-accent-light": "var(--selected)",
  "--mantine-color-accent-light-hover": "var(--selected)",
  "--mantine-color-accent-light-color": "var(--accent-text)",
  "--mantine-color-accent-outline": "var(--accent-text)",
  "--mantine-primary-color-filled": "var(--accent)",
  "--mantine-primary-color-filled-hover": "var(--accent-hover)",
  "--mantine-primary-color-contrast": "var(--on-accent)",
  "--mantine-font-weight-medium": "500",
  "--mantine-shadow-md": "var(--shadow)",
  "--mantine-shadow-sm": "var(--shadow)",
};

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: mapped, dark: mapped });
