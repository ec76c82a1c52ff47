import { retryOf } from "./backoff.ts";
import { frameOf, type Open } from "./transport.ts";

/** Frames over WebSocket; the token is in the first frame, never in the address. */
export function socket(base: string): Open {
  return (hello, ears) => {
    const line = new WebSocket(`${base.replace(/^http/, "ws")}/socket`);
    let over = false;
    line.onopen = () => line.send(JSON.stringify(hello));
    line.onmessage = ({ data }) => {
      const frame = typeof data === "string" ? frameOf(data) : undefined;
      if (!frame || over) return;
      if (frame.t === "ping") line.send('{"t":"pong"}');
      ears.frame(frame);
    };
    line.onclose = ({ code, reason }) => end(code, retryOf(reason));
    function end(code: number, retry_ms?: number): void {
      if (over) return;
      over = true;
      ears.closed({ code, retry_ms });
    }
    return {
      send: (frames) => {
        if (line.readyState === WebSocket.OPEN) for (const frame of frames) line.send(JSON.stringify(frame));
      },
      close: () => {
        over = true;
        line.close();
      },
    };
  };
}
