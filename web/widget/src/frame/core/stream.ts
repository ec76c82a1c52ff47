import type { ClientFrame } from "../../shared/protocol.ts";
import { frameOf, type Ears, type Open } from "./transport.ts";

const AT_ONCE = 20;
const POST_MS = 20_000;

/**
 * Frames over an event stream and posts, where something on the way does not let WebSocket pass. `token` is asked for at each post: the
 * answer to one may bring another for the next. `site`: the origin of the page that the frame stands on; posts know no `hello` that told it.
 */
export function stream(base: string, token: () => string | undefined, site?: string): Open {
  const posts = `${base}/frames${site ? `?${new URLSearchParams({ site })}` : ""}`;
  return (hello, ears) => {
    const stop = new AbortController();
    const once = closeOnce(ears, stop);
    const queue: ClientFrame[] = [];
    let busy = false;

    async function listen(): Promise<void> {
      const answer = await fetch(`${base}/stream`, { method: "POST", headers: headers(hello.token), body: JSON.stringify(hello), signal: stop.signal, cache: "no-store" });
      if (!answer.ok || !answer.body) return once(codeOf(answer.status));
      for await (const data of events(answer.body)) {
        const frame = frameOf(data);
        if (frame && !stop.signal.aborted) ears.frame(frame);
      }
      once(1006);
    }

    async function flush(): Promise<void> {
      if (busy) return;
      busy = true;
      while (queue.length > 0 && !stop.signal.aborted) {
        const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(POST_MS)]);
        const answer = await fetch(posts, { method: "POST", headers: headers(token()), body: JSON.stringify(queue.splice(0, AT_ONCE)), signal });
        if (!answer.ok) return once(codeOf(answer.status));
        for (const frame of (await answer.json()) as unknown[]) ears.frame(frame as Parameters<Ears["frame"]>[0]);
      }
      busy = false;
    }

    listen().catch(() => once(1006));
    return {
      send: (frames) => {
        queue.push(...frames.filter(({ t }) => t !== "pong"));
        flush().catch(() => once(1006));
      },
      close: () => stop.abort(),
    };
  };
}

function headers(token: string | undefined): Record<string, string> {
  return { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
}

function closeOnce(ears: Ears, stop: AbortController): (code: number) => void {
  return (code) => {
    if (stop.signal.aborted) return;
    stop.abort();
    ears.closed({ code });
  };
}

/** The close codes of the socket for the statuses of the posts. */
function codeOf(status: number): number {
  return { 401: 4401, 403: 4403, 429: 4429 }[status] ?? 1006;
}

/** The `data` of each event of an event stream. */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = block.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).replace(/^ /, ""));
      if (data.length > 0) yield data.join("\n");
    }
  }
}
