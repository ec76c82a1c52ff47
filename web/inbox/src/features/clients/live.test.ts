import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ClientSchema, ListClientsResponseSchema } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { patchPages } from "./live.ts";

const client = (clientId: string, name: string) => create(ClientSchema, { clientId, name });
const pages = (...all: string[][]) => ({ pages: all.map((ids) => create(ListClientsResponseSchema, { clients: ids.map((id) => client(id, id)) })), pageParams: all.map((_, n) => String(n)) });
const names = (data: ReturnType<typeof pages>) => data.pages.map((page) => page.clients.map(({ name }) => name));

test("a row follows in its place, one that left our sight goes, the others stay", () => {
  const after = patchPages(pages(["a", "b"], ["c", "d"]), ["b", "c"], [client("b", "B")]);
  expect(names(after)).toEqual([["a", "B"], ["d"]]);
});

test("what has no row gets none here", () => {
  expect(names(patchPages(pages(["a"]), ["x"], [client("x", "X")]))).toEqual([["a"]]);
});
