/** A finished recording: Ogg with Opus where the browser can make it, else what it can. */
export type Recording = { file: File; durationMs: number };

export type Recorder = { /** Ends it and gives what was said. */ stop: () => Promise<Recording>; /** Ends it and keeps nothing. */ drop: () => void };

/** Why there is no recording: the person or the system said no, or there is nothing to record with. */
export type NoRecorder = "denied" | "no-microphone" | "unsupported";

const OGG = "audio/ogg;codecs=opus";
const WEBM = "audio/webm;codecs=opus";

/** Starts to record; fails with a `NoRecorder`. */
export async function record(): Promise<Recorder> {
  if (typeof MediaRecorder === "undefined" || !navigator.mediaDevices) throw "unsupported" satisfies NoRecorder;
  const mimeType = [OGG, WEBM].find((type) => MediaRecorder.isTypeSupported(type));
  if (!mimeType) throw "unsupported" satisfies NoRecorder;
  const stream = await microphone();
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 32_000 });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const ended = new Promise<void>((resolve) => (recorder.onstop = () => resolve()));
  const began = performance.now();
  recorder.start();
  const end = async (): Promise<void> => {
    if (recorder.state !== "inactive") recorder.stop();
    for (const track of stream.getTracks()) track.stop();
    await ended;
  };
  return {
    stop: async () => {
      const durationMs = Math.round(performance.now() - began);
      await end();
      const raw = new Blob(parts, { type: mimeType });
      const sound = mimeType === OGG ? raw : await (await import("./ogg.ts")).toOgg(raw);
      return { file: new File([sound], "voice.ogg", { type: "audio/ogg" }), durationMs };
    },
    drop: () => void end(),
  };
}

async function microphone(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } });
  } catch (error) {
    const denied = error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "SecurityError");
    throw (denied ? "denied" : "no-microphone") satisfies NoRecorder;
  }
}
