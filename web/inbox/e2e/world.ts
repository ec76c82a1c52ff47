import { inject } from "vitest";

/** Where the tests run; see `setup.ts`. */
export const world = inject("world");
