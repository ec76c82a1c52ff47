import { place } from "../../ui/list/place.ts";
import type { LeadSearch } from "./query.ts";

/** How the list of leads was left. */
export const lastPlace = place<LeadSearch>({});
