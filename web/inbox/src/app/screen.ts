import { lazyRouteComponent } from "@tanstack/react-router";
import { untilItComes } from "../ui/part.ts";

/**
 * A screen in a file of its own, inside the shell. It is asked for until it comes, and the shell says so: the router alone
 * would load the whole page anew, and without a network that is the end of it.
 */
export const screen: typeof lazyRouteComponent = (load, name) => lazyRouteComponent(() => untilItComes(load), name);
