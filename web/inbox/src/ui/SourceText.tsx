import css from "./SourceText.module.css";

/** Something as it came, byte for byte; nothing in it is taken for markup. */
export function SourceText({ label, text }: { label: string; text: string }) {
  return (
    <pre className={css.source} tabIndex={0} aria-label={label}>
      {text}
    </pre>
  );
}

/** The beginning of something as text: in UTF-8 where that is what it is, else as old Russian programs write. */
export function textOfBytes(bytes: AllowSharedBufferSource): string {
  try {
    // It may end within a character.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder("windows-1251").decode(bytes);
  }
}
