import { part } from "../../../ui/part.ts";

/** Fetched with the first row that is chosen. */
export const BulkBar = part(() => import("./BulkBar.tsx").then(({ BulkBar: component }) => component));
