import { currentLanguage } from "../i18n/index.ts";
import type { PickerItem } from "./Picker.tsx";

/** "UTC+3" of a zone now. */
export function offsetOf(timeZone: string, at: number = Date.now()): string {
  return part(timeZone, "shortOffset", at).replace("GMT", "UTC");
}

/** "Europe / Moscow · UTC+3" */
export function zoneText(timeZone: string): string {
  return timeZone ? `${spaced(timeZone)} · ${offsetOf(timeZone)}` : "";
}

/** Every zone that this browser knows, with the name that people use, so that either finds it. */
export function zoneItems(): PickerItem[] {
  return Intl.supportedValuesOf("timeZone").map((zone) => ({ id: zone, name: `${spaced(zone)} · ${part(zone, "longGeneric")}`, detail: offsetOf(zone) }));
}

function spaced(timeZone: string): string {
  return timeZone.replaceAll("/", " / ").replaceAll("_", " ");
}

function part(timeZone: string, timeZoneName: "shortOffset" | "longGeneric", at: number = Date.now()): string {
  try {
    const format = new Intl.DateTimeFormat(currentLanguage(), { timeZone, timeZoneName });
    return format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
  } catch {
    // A zone that this browser does not know: its name alone is shown.
    return "";
  }
}
