import { IconAlertTriangleFilled, IconCircle, IconCircleHalf2 } from "@tabler/icons-react";
import { duration, fullTime } from "../i18n/format.ts";
import { useT } from "../i18n/index.ts";
import { Chip } from "./Chip.tsx";

/** How near a deadline is; the last fifth of the way is "soon". */
export type DueState = "fine" | "soon" | "late";

export function dueState(now: number, from: number, due: number): DueState {
  if (now >= due) return "late";
  return due - now <= (due - from) / 5 ? "soon" : "fine";
}

export function dueText(now: number, due: number): string {
  return now >= due ? `−${duration(now - due)}` : duration(due - now);
}

/** A deadline as shape, word and colour. */
export function Due({ now, from, due }: { now: number; from: number; due: number }) {
  const t = useT();
  const state = dueState(now, from, due);
  const tone = state === "late" ? "red" : state === "soon" ? "amber" : "gray";
  const Icon = state === "late" ? IconAlertTriangleFilled : state === "soon" ? IconCircleHalf2 : IconCircle;
  return (
    <Chip tone={tone} icon={<Icon size={12} stroke={2} aria-hidden="true" />} title={t("due.at", { time: fullTime(due) })}>
      {dueText(now, due)}
    </Chip>
  );
}
