import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ListLeadsResponseSchema } from "../../gen/okno/crm/v1/lead_service_pb.ts";
import { patchPages } from "./live.ts";

test("rows follow in their places, what is gone leaves, nothing is added", () => {
  const pages = ["ab", "c"].map((ids) => create(ListLeadsResponseSchema, { leads: [...ids].map((leadId) => ({ leadId, name: leadId })) }));
  const came = create(ListLeadsResponseSchema, { leads: [{ leadId: "b", name: "новое" }, { leadId: "d" }] }).leads;
  const data = patchPages({ pages, pageParams: ["", ""] }, came, ["c"]);
  expect(data.pages.map((page) => page.leads.map(({ leadId, name }) => [leadId, name]))).toEqual([[["a", "a"], ["b", "новое"]], []]);
});
