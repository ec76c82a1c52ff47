import { useEffect, useRef, useState } from "react";

const TYPING_MS = 200;

/** What is typed into a search field; `onSearch` hears of it when the typing rests. A new `value` from elsewhere takes its place. */
export function useTyped(value: string, onSearch: (text: string) => void): [string, (text: string) => void] {
  const [typed, setTyped] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    if (typed.trim() === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed.trim();
      onSearch(sent.current);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  });
  return [typed, setTyped];
}
