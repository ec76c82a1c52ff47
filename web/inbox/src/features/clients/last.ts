import { place } from "../../ui/list/place.ts";
import type { ClientSearch } from "./query.ts";

/** How the list of clients was left. */
export const lastPlace = place<ClientSearch>({});
