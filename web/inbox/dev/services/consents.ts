import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { type Consent, ConsentSchema, ConsentService } from "../../src/gen/okno/crm/v1/consent_service_pb.ts";
import { refuse, stamp, type World } from "../world.ts";
import { clientOf, openClient } from "./cards.ts";

/** Consents over the clients in memory. */
export function consents(router: ConnectRouter, world: World): void {
  const all: Consent[] = [];
  const of = (clientId: string): Consent[] => {
    const own = all.filter((one) => one.clientId === clientId).sort((one, other) => other.on.localeCompare(one.on) || other.consentId.localeCompare(one.consentId));
    const known = new Set<string>();
    for (const one of own) {
      const key = `${one.contactId} ${one.purposeId}`;
      one.current = !one.annulledAt && !known.has(key);
      if (one.current) known.add(key);
    }
    return own;
  };
  router.service(ConsentService, {
    listConsents({ clientId }) {
      clientOf(world, clientId);
      return { consents: of(clientId) };
    },
    recordConsent({ requestId, consent }, context) {
      if (!consent) throw new ConnectError("a consent is missing", Code.InvalidArgument);
      openClient(world, consent.clientId);
      const there = all.find(({ consentId }) => consentId === requestId);
      if (there) return { consent: there };
      const made = create(ConsentSchema, { ...consent, consentId: requestId, etag: "r1", notedByEmployeeId: world.caller(context).employeeId, notedAt: stamp(Date.now()) });
      all.push(made);
      of(made.clientId);
      return { consent: made };
    },
    annulConsent({ consentId, etag, reason }, context) {
      const found = all.find((one) => one.consentId === consentId);
      if (!found) throw refuse("CONSENT_NOT_FOUND", Code.NotFound);
      if (found.etag !== etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      Object.assign(found, { etag: "r2", annulReason: reason, annulledAt: stamp(Date.now()), annulledByEmployeeId: world.caller(context).employeeId });
      of(found.clientId);
      return { consent: found };
    },
  });
}
