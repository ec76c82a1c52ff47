import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { type Client, ClientSchema, ClientService } from "../../src/gen/okno/crm/v1/client_service_pb.ts";
import { refuse, type World } from "../world.ts";

export function crm(router: ConnectRouter, world: World): void {
  const client = (id: string): Client => {
    const found = world.clients.get(id);
    if (!found) throw refuse("CLIENT_NOT_FOUND", Code.NotFound);
    return found;
  };
  const link = (contactPointId: string, found: Client | undefined): void => {
    for (const conversation of world.conversations.values()) {
      const { person } = conversation;
      if (person?.contactPointId !== contactPointId) continue;
      person.clientId = found?.clientId ?? "";
      person.clientName = found?.name ?? "";
      world.changed(conversation, []);
    }
  };
  router.service(ClientService, {
    findClients: ({ query }) => ({ clients: [...world.clients.values()].filter((found) => found.name.toLowerCase().includes(query.toLowerCase())) }),
    getClient: ({ clientId }) => ({ client: client(clientId) }),
    createClient({ requestId, client: wanted, contactPointId }) {
      const made = create(ClientSchema, { clientId: requestId, etag: "1", name: wanted?.name ?? "", addresses: wanted?.addresses ?? [] });
      world.clients.set(requestId, made);
      if (contactPointId) link(contactPointId, made);
      return { client: made };
    },
    linkContactPoint: ({ contactPointId, clientId }) => (link(contactPointId, client(clientId)), { client: client(clientId) }),
    unlinkContactPoint: ({ contactPointId }) => (link(contactPointId, undefined), {}),
    suggestClients: () => ({ matches: [...world.clients.values()].slice(1, 2).map((found) => ({ client: found, matchedBy: ["phone"] })) }),
  });
}
