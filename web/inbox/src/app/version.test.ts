import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type * as Version from "./version.ts";

const page = (entry: string): string => `<!doctype html><script type="module" crossorigin src="/assets/${entry}.js"></script>`;
/** As the edge computes it. */
const named = (index: string): string => createHash("sha256").update(index).digest("hex").slice(0, 12);

let version: typeof Version;
let served: () => Response;

beforeEach(async () => {
  vi.resetModules();
  vi.stubEnv("DEV", false);
  vi.stubGlobal("document", { querySelector: () => ({ getAttribute: () => "/assets/index-a.js" }) });
  vi.stubGlobal("fetch", () => Promise.resolve(served()));
  served = () => new Response(page("index-a"));
  version = await import("./version.ts");
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

test("the page that is served is our own, until the edge names another", async () => {
  await version.noticeVersion(named(page("index-a")));
  await version.noticeVersion("");
  expect(version.isStale()).toBe(false);
  await version.noticeVersion(named(page("index-b")));
  expect(version.isStale()).toBe(true);
});

test("an old page that hears its first hello after the new one was put up says so", async () => {
  served = () => new Response(page("index-b"));
  await version.noticeVersion(named(page("index-b")));
  expect(version.isStale()).toBe(true);
});

test("a page that can not be asked for decides nothing; the next hello does", async () => {
  served = () => new Response("", { status: 502 });
  await version.noticeVersion(named(page("index-b")));
  expect(version.isStale()).toBe(false);
  served = () => new Response(page("index-a"));
  await version.noticeVersion(named(page("index-b")));
  expect(version.isStale()).toBe(true);
});
