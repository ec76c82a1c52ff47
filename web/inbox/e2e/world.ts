import { inject } from "vitest";
import type { World } from "./setup.ts";

const worlds = inject("worlds");

/** Where the tests of this worker run; see `setup.ts`. */
export const world = worlds[(Number(process.env["VITEST_POOL_ID"] ?? 1) - 1) % worlds.length] as World;

/** Tries everything everywhere: `cargo xtask test --long`. */
export const LONG = process.env["OKNO_LONG"] === "1";
