import { useQuery } from "@tanstack/react-query";
import { fileUrl } from "../../../rpc/upload.ts";
import { textOfBytes } from "../../../ui/SourceText.tsx";

/** The markup of a letter, which never changes. */
export function useMarkup(fileId: string) {
  return useQuery({ queryKey: ["letter", fileId], queryFn: ({ signal }) => textOf(fileId, signal), enabled: fileId !== "", staleTime: Infinity, retry: 1 });
}

async function textOf(fileId: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(fileUrl(fileId), { signal });
  if (!answer.ok) throw new Error(`the file answered ${answer.status}`);
  return answer.text();
}

/** The beginning of a letter as it came, and whether that is all of it. */
export async function sourceOf(fileId: string, most: number, signal: AbortSignal): Promise<{ text: string; whole: boolean }> {
  const answer = await fetch(fileUrl(fileId), { signal, headers: { range: `bytes=0-${most - 1}` } });
  if (!answer.ok) throw new Error(`the file answered ${answer.status}`);
  const bytes = (await answer.arrayBuffer()).slice(0, most);
  const size = Number(/\/(\d+)$/u.exec(answer.headers.get("content-range") ?? "")?.[1] ?? bytes.byteLength);
  return { text: textOfBytes(bytes), whole: size <= bytes.byteLength && bytes.byteLength < most };
}
