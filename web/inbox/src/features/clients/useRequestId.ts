import { useRef } from "react";
import { newId } from "../../rpc/ids.ts";

/** The same content, repeated after a lost answer, is the same request; another content is another one. */
export function useRequestId(form: object): (force: boolean) => string {
  const last = useRef({ content: "", id: "" });
  return (force) => {
    const content = JSON.stringify([form, force]);
    if (last.current.content !== content) last.current = { content, id: newId() };
    return last.current.id;
  };
}
