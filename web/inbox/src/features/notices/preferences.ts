import { useEffect, useRef, useState } from "react";
import { preference, setPreference, usePreference } from "../../rpc/preferences.ts";
import { isTone, type ToneName } from "./tones.ts";

/** Whose conversations ring. */
export type Scope = "mine" | "departments" | "mentions";
export const SCOPES: readonly Scope[] = ["departments", "mine", "mentions"];

/** Hours in which nothing rings, by this computer's clock; an end before the begin is of the next day. */
export type Quiet = { on: boolean; from: number; to: number; days: readonly number[] };

export type NoticePreferences = {
  popup: boolean;
  /** Whether a popup shows what was written: it may stand on a screen that others see. */
  preview: boolean;
  scope: Scope;
  sound: boolean;
  /** 0..100 */
  volume: number;
  /** By channel; the empty name is every other channel. */
  tones: Readonly<Record<string, ToneName>>;
  quiet: Quiet;
};

export const DEFAULTS: NoticePreferences = {
  popup: true,
  preview: true,
  scope: "departments",
  sound: true,
  volume: 60,
  tones: { "": "drop" },
  quiet: { on: false, from: 1200, to: 540, days: [1, 2, 3, 4, 5, 6, 7] },
};

/** Reads what the server keeps. What is missing, foreign or of a later version falls back to its default. */
export function readNotices(text: string): NoticePreferences {
  const raw = parsed(text);
  const quiet = record(raw["quiet"]);
  const days = Array.isArray(quiet["days"]) ? quiet["days"].filter((day): day is number => [1, 2, 3, 4, 5, 6, 7].includes(day as number)) : DEFAULTS.quiet.days;
  const tones = Object.entries(record(raw["tones"])).filter((entry): entry is [string, ToneName] => isTone(entry[1]));
  return {
    popup: flag(raw["popup"], DEFAULTS.popup),
    preview: flag(raw["preview"], DEFAULTS.preview),
    scope: SCOPES.find((scope) => scope === raw["scope"]) ?? DEFAULTS.scope,
    sound: flag(raw["sound"], DEFAULTS.sound),
    volume: within(raw["volume"], 100, DEFAULTS.volume),
    tones: { ...DEFAULTS.tones, ...Object.fromEntries(tones) },
    quiet: { on: flag(quiet["on"], DEFAULTS.quiet.on), from: within(quiet["from"], 1439, DEFAULTS.quiet.from), to: within(quiet["to"], 1439, DEFAULTS.quiet.to), days },
  };
}

export function noticePreferences(): NoticePreferences {
  return readNotices(preference("notices"));
}

const SAVE_AFTER_MS = 500;

/** The preferences and how to change them: here at once, on the server when the hand rests. */
export function useNoticePreferences(): [NoticePreferences, (part: Partial<NoticePreferences>) => void] {
  const kept = usePreference("notices");
  const [typed, setTyped] = useState<string>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const waiting = useRef<string>(undefined);
  const save = (): void => {
    clearTimeout(timer.current);
    if (waiting.current !== undefined) setPreference("notices", waiting.current);
    waiting.current = undefined;
    setTyped(undefined);
  };
  const last = useRef(save);
  last.current = save;
  useEffect(() => () => last.current(), []);
  const now = readNotices(typed ?? kept);
  return [
    now,
    (part) => {
      waiting.current = JSON.stringify({ ...readNotices(waiting.current ?? kept), ...part });
      setTyped(waiting.current);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => last.current(), SAVE_AFTER_MS);
    },
  ];
}

function parsed(text: string): Record<string, unknown> {
  try {
    return record(JSON.parse(text || "{}"));
  } catch {
    return {};
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function flag(value: unknown, otherwise: boolean): boolean {
  return typeof value === "boolean" ? value : otherwise;
}

function within(value: unknown, most: number, otherwise: number): number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most ? (value as number) : otherwise;
}
