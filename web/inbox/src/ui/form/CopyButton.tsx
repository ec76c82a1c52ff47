import { Button } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { t, useT } from "../../i18n/index.ts";
import { announce } from "../Announcer.tsx";
import { toast } from "../toasts.ts";

const SHOWN_MS = 2_000;

type Props = { text: string; label?: string; primary?: boolean };

/** Copies, and says so where it was pressed. */
export function CopyButton({ text, label, primary = false }: Props) {
  useT();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      announce(t("action.copied"));
    } catch {
      toast(t("form.copyFailed"), { error: true });
    }
  };
  const Icon = done ? IconCheck : IconCopy;
  return (
    <Button variant={primary ? "filled" : "default"} size="compact-sm" leftSection={<Icon size={16} stroke={1.75} aria-hidden="true" />} onClick={() => void copy()}>
      {done ? t("action.copied") : (label ?? t("action.copy"))}
    </Button>
  );
}
