import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { type ClientLink, ClientLinkSchema, ClientLinkService } from "../../src/gen/okno/crm/v1/client_link_service_pb.ts";
import { refuse, stamp, type World } from "../world.ts";
import { clientChanged, clientOf, openClient } from "./cards.ts";

// Links between clients: kept from one side, shown from both.

export function links(router: ConnectRouter, world: World): void {
  const seenFrom = (link: ClientLink, from: string): ClientLink => {
    const otherClientId = link.clientId === from ? link.otherClientId : link.clientId;
    const canOpen = !world.closed.has(otherClientId);
    const told = canOpen ? { otherClientId, otherName: clientOf(world, otherClientId).name } : { otherClientId: "", otherName: "", note: "" };
    return create(ClientLinkSchema, { ...link, clientId: from, reversed: link.clientId !== from, canOpen, ...told });
  };
  const of = (id: string): ClientLink => {
    const found = world.links.get(id);
    if (!found) throw refuse("CLIENT_LINK_NOT_FOUND", Code.NotFound);
    return found;
  };
  const told = ({ clientId, otherClientId }: ClientLink): void => {
    for (const id of [clientId, otherClientId]) clientChanged(world, clientOf(world, id));
  };
  router.service(ClientLinkService, {
    listClientLinks: ({ clientId }) => ({ links: [...world.links.values()].filter((link) => [link.clientId, link.otherClientId].includes(clientId)).map((link) => seenFrom(link, clientId)) }),
    createClientLink({ requestId, link }, context) {
      const [from, to] = [openClient(world, link?.clientId ?? ""), openClient(world, link?.otherClientId ?? "")];
      if (!link || from === to) throw refuse("INVALID_FIELD", Code.InvalidArgument, { field: "link.other_client_id" });
      const [clientId, otherClientId] = link.reversed ? [to.clientId, from.clientId] : [from.clientId, to.clientId];
      const same = (other: ClientLink): boolean => other.kindId === link.kindId && other.clientId === clientId && other.otherClientId === otherClientId && other.linkedFrom === link.linkedFrom;
      if ([...world.links.values()].some(same)) throw refuse("CLIENT_LINK_EXISTS", Code.AlreadyExists);
      const made = create(ClientLinkSchema, { ...link, linkId: requestId, etag: "1", clientId, otherClientId, reversed: false, authorEmployeeId: world.caller(context).employeeId, createdAt: stamp(Date.now()) });
      world.links.set(requestId, made);
      told(made);
      return { link: seenFrom(made, from.clientId) };
    },
    updateClientLink({ link }) {
      const known = of(link?.linkId ?? "");
      if (link?.etag !== known.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      const { linkedFrom, linkedUntil, note } = link;
      const next = create(ClientLinkSchema, { ...known, linkedFrom, linkedUntil, note, etag: String(Number(known.etag) + 1) });
      world.links.set(next.linkId, next);
      told(next);
      return { link: seenFrom(next, link.clientId || next.clientId) };
    },
    deleteClientLink({ linkId, etag }) {
      const known = of(linkId);
      if (etag && etag !== known.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      world.links.delete(linkId);
      told(known);
      return {};
    },
  });
}
