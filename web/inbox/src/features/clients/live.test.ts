import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { BatchGetClientsResponseSchema, ClientPotentialSchema, ClientSchema, ListClientsResponseSchema } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { patchPages } from "./live.ts";

const client = (clientId: string, name: string) => create(ClientSchema, { clientId, name });
const potential = (clientId: string, amount: string) => create(ClientPotentialSchema, { clientId, amount });
const pages = (...all: string[][]) => ({ pages: all.map((ids) => create(ListClientsResponseSchema, { clients: ids.map((id) => client(id, id)), potentials: ids.map((id) => potential(id, "1")) })), pageParams: all.map((_, n) => String(n)) });
const came = (clients: [string, string][], potentials: [string, string][] = []) => create(BatchGetClientsResponseSchema, { clients: clients.map(([id, name]) => client(id, name)), potentials: potentials.map(([id, amount]) => potential(id, amount)) });
const names = (data: ReturnType<typeof pages>) => data.pages.map((page) => page.clients.map(({ name }) => name));

test("a row follows in its place, one that left our sight goes, the others stay", () => {
  const after = patchPages(pages(["a", "b"], ["c", "d"]), ["b", "c"], came([["b", "B"]]));
  expect(names(after)).toEqual([["a", "B"], ["d"]]);
});

test("what has no row gets none here", () => {
  expect(names(patchPages(pages(["a"]), ["x"], came([["x", "X"]])))).toEqual([["a"]]);
});

test("a potential follows its client, and goes where there is none any more", () => {
  const after = patchPages(pages(["a", "b"], ["c"]), ["a", "b"], came([["a", "A"], ["b", "B"]], [["b", "2"]]));
  expect(after.pages.map((page) => page.potentials.map(({ clientId, amount }) => `${clientId} ${amount}`))).toEqual([["b 2"], ["c 1"]]);
});
