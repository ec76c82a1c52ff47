import { useState } from "react";

/** A number that this browser remembers: pane sizes and the like. */
export function useStoredNumber(name: string, initial: number): [number, (value: number) => void] {
  const [value, setValue] = useState(() => Number(read(name) ?? initial) || initial);
  return [
    value,
    (next) => {
      setValue(next);
      write(name, String(next));
    },
  ];
}

/** Reads what this browser remembers; undefined when there is nothing or storage is closed. */
export function read(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Reads what was stored as JSON; what is spoiled or has not the shape is dropped and counts as nothing. */
export function readJson<T>(name: string, fits: (value: unknown) => value is T): T | undefined {
  const stored = read(name);
  if (stored === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(stored);
    if (fits(value)) return value;
  } catch {
    // Not JSON: dropped below.
  }
  write(name, undefined);
  return undefined;
}

/** Is `value` an object whose named members have these types? */
export function hasShape(value: unknown, shape: Readonly<Record<string, "string" | "number" | "boolean" | "array">>): boolean {
  if (typeof value !== "object" || value === null) return false;
  const members = value as Record<string, unknown>;
  return Object.entries(shape).every(([name, type]) => (type === "array" ? Array.isArray(members[name]) : typeof members[name] === type));
}

/** What is remembered under names that begin so. */
export function names(start: string): string[] {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(start));
  } catch {
    return [];
  }
}

/** False when storage is full or closed: the page works on without memory. */
export function write(name: string, value: string | undefined): boolean {
  try {
    if (value === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
    return true;
  } catch {
    return false;
  }
}
