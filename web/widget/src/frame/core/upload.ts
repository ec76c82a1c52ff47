import type { Uploaded } from "../../shared/protocol.ts";

/** Why a file was not taken: a key of the catalogue follows from it. */
export type Refusal = "too_large" | "type" | "rate" | "network" | "cancelled" | "token" | "forbidden" | "other";

export class UploadError extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal);
  }
}

const SILENCE_MS = 60_000;

export type Sending = { done: Promise<Uploaded>; cancel: () => void };

/** Sends one file. XHR, since fetch tells nothing of the way up. `progress` is 0 to 1. */
export function upload(base: string, token: string, file: File, query: Record<string, string>, progress: (part: number) => void): Sending {
  const request = new XMLHttpRequest();
  const done = new Promise<Uploaded>((resolve, reject) => {
    const fail = (refusal: Refusal) => () => reject(new UploadError(refusal));
    let timer = setTimeout(() => request.abort(), SILENCE_MS);
    request.upload.onprogress = ({ loaded, total }) => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), SILENCE_MS);
      progress(total > 0 ? loaded / total : 0);
    };
    request.onloadend = () => clearTimeout(timer);
    request.onerror = fail("network");
    request.onabort = fail("cancelled");
    request.onload = () => {
      if (request.status === 200) resolve(JSON.parse(request.responseText) as Uploaded);
      else fail(refusalOf(request.status))();
    };
  });
  request.open("POST", `${base}/uploads?${new URLSearchParams({ name: file.name, ...query })}`);
  request.setRequestHeader("authorization", `Bearer ${token}`);
  request.setRequestHeader("content-type", file.type || "application/octet-stream");
  request.send(file);
  return { done, cancel: () => request.abort() };
}

function refusalOf(status: number): Refusal {
  const known: Record<number, Refusal> = { 401: "token", 403: "forbidden", 413: "too_large", 415: "type", 429: "rate", 503: "network" };
  return known[status] ?? "other";
}
