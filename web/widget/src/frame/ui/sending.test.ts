import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Attachments, type Sender } from "./attachments.ts";

/** Answers of the server, one for each upload; and whom it was asked as. */
let answers: number[];
let asked: { token: string; url: string }[];

class Request {
  upload: { onprogress?: unknown } = {};
  status = 0;
  responseText = JSON.stringify({ upload: "u", kind: "document", name: "a.txt", mime: "text/plain", size: 1, w: 0, h: 0 });
  onload?: () => void;
  onloadend?: () => void;
  #seen = { token: "", url: "" };
  open(_: string, url: string): void {
    this.#seen.url = url;
  }
  setRequestHeader(name: string, value: string): void {
    if (name === "authorization") this.#seen.token = value;
  }
  abort(): void {}
  send(): void {
    asked.push(this.#seen);
    queueMicrotask(() => {
      this.status = answers.shift() ?? 200;
      this.onloadend?.();
      this.onload?.();
    });
  }
}

beforeEach(() => {
  [answers, asked] = [[], []];
  vi.stubGlobal("XMLHttpRequest", Request);
});
afterEach(() => void vi.unstubAllGlobals());

const sender = (renewed: Sender["renewed"]): Sender => ({ token: () => Promise.resolve("t1"), renewed });
const file = new File(["a"], "a.txt", { type: "text/plain" });

async function settled(attachments: Attachments): Promise<void> {
  await vi.waitFor(() => expect(attachments.list.every(({ done, refusal }) => done ?? refusal)).toBe(true));
}

test.each([401, 403])("a token that is refused with %i: once more with another one", async (status) => {
  answers = [status];
  const attachments = new Attachments("/webchat/a", sender(() => Promise.resolve("t2")), () => undefined, "https://shop.example");
  attachments.add(file);
  await settled(attachments);
  expect(asked.map(({ token }) => token)).toEqual(["Bearer t1", "Bearer t2"]);
  expect(asked[1]?.url).toBe("/webchat/a/uploads?name=a.txt&site=https%3A%2F%2Fshop.example");
  expect(attachments.ready).toBe(true);
});

test("refused again, or without another token, it says why, stays, and goes when it is tried again", async () => {
  const renewed = vi.fn<Sender["renewed"]>().mockResolvedValueOnce("t2").mockRejectedValueOnce(new Error("the same"));
  const attachments = new Attachments("/webchat/a", sender(renewed), () => undefined);
  answers = [401, 401];
  attachments.add(file);
  await settled(attachments);
  expect(attachments.list).toMatchObject([{ refusal: "token" }]);
  const again = async (): Promise<void> => {
    attachments.again(attachments.list[0]?.key ?? "");
    await settled(attachments);
  };
  answers = [403];
  await again();
  expect(attachments.list).toMatchObject([{ refusal: "forbidden" }]);
  await again();
  expect([attachments.ready, renewed.mock.calls.length, asked.length]).toEqual([true, 2, 4]);
});

test("other refusals are not tried as somebody else", async () => {
  const renewed = vi.fn<Sender["renewed"]>();
  const attachments = new Attachments("/webchat/a", sender(renewed), () => undefined);
  answers = [413];
  attachments.add(file);
  await settled(attachments);
  expect([attachments.list[0]?.refusal, renewed.mock.calls.length]).toEqual(["too_large", 0]);
});

test("what is up goes up anew for another visitor", async () => {
  const attachments = new Attachments("/webchat/a", sender(() => Promise.reject(new Error())), () => undefined);
  attachments.add(file);
  await settled(attachments);
  attachments.anew();
  expect(attachments.ready).toBe(false);
  await settled(attachments);
  expect([attachments.ready, asked.length]).toEqual([true, 2]);
});
