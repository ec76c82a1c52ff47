import { createClient } from "@connectrpc/connect";
import type { PresenceChoice } from "../gen/okno/org/v1/employee_service_pb.ts";
import { PresenceService } from "../gen/okno/org/v1/presence_service_pb.ts";
import { queryClient } from "./query.ts";
import { meOptions } from "./session.ts";
import { transport } from "./transport.ts";

const presence = createClient(PresenceService, transport);

/** Sets the reader's own choice; colleagues and the rules see it. Fails with a ConnectError. */
export async function choosePresence(choice: PresenceChoice): Promise<void> {
  await presence.setPresence({ choice });
  await queryClient.invalidateQueries({ queryKey: meOptions.queryKey });
}
