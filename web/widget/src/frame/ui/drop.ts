import { useEffect, useState } from "preact/hooks";

/** Takes files that are dropped anywhere on the chat. Says whether some hang over it. */
export function useDrop(attach: ((files: Iterable<File>) => void) | undefined): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    if (!attach) return;
    const drag = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (!event.relatedTarget) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      setOver(false);
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      attach([...event.dataTransfer.files]);
    };
    document.addEventListener("dragover", drag);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("dragover", drag);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
    };
  });
  return over;
}
