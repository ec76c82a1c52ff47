import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { type Access, AccessSchema } from "../../../gen/okno/org/v1/access_pb.ts";
import { merge } from "./merge.ts";
import { accessFilter, accessSearch, readAccesses } from "./query.ts";

const at = (...seconds: number[]): Access[] => seconds.map((one) => create(AccessSchema, { accessId: String(one), at: { seconds: BigInt(one), nanos: 0 } }));
const ids = (all: readonly Access[]): string[] => all.map(({ accessId }) => accessId);

test("two logs are one, newest first", () => {
  const { shown, next } = merge([
    { accesses: at(9, 5, 1), hasMore: false },
    { accesses: at(8, 5, 2), hasMore: false },
  ]);
  expect(ids(shown)).toEqual(["9", "8", "5", "5", "2", "1"]);
  expect(next).toEqual([]);
});

test("nothing is shown below the end of a page, for more of that log may stand above it", () => {
  const pages = [
    { accesses: at(9, 7), hasMore: true },
    { accesses: at(8, 3), hasMore: true },
  ];
  expect(ids(merge(pages).shown)).toEqual(["9", "8", "7"]);
  expect(merge(pages).next, "the log that ends first goes on").toEqual([0]);
  const later = [{ accesses: at(9, 7, 6, 3), hasMore: true }, { accesses: at(8, 3), hasMore: true }];
  expect(ids(merge(later).shown)).toEqual(["9", "8", "7", "6", "3", "3"]);
  expect(merge(later).next).toEqual([0, 1]);
});

test("what narrows the log stands in the address and asks only the service that keeps it", () => {
  const query = readAccesses({ client: "c", what: "files", from: "2026-11-02", until: "2026-11-01", employee: undefined });
  expect(query).toEqual({ client: "c", employee: "", what: "files", from: "2026-11-02", until: "2026-11-02" });
  expect(readAccesses(accessSearch(query))).toEqual(query);
  expect(accessFilter(query, "crm")).toBeUndefined();
  expect(accessFilter(query, "inbox")?.kinds).toHaveLength(3);
  expect(readAccesses({ what: "other", from: "yesterday" })).toEqual({ client: "", employee: "", what: "", from: "", until: "" });
});
