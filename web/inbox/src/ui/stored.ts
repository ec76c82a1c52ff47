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

/** What is remembered under names that begin so. */
export function names(start: string): string[] {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(start));
  } catch {
    return [];
  }
}

export function write(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Full or closed: the page works on without memory.
  }
}
