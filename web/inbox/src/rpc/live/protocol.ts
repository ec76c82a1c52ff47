/** How the live feed stands, as the tabs see it. */
export type FeedState = "connecting" | "connected" | "away" | "signed-out";

/**
 * From the one who holds the stream to every tab. `fresh`: the stream began now and nothing was resumed. "joined": the
 * stream ran before this tab came, so what the tab has loaded may lack what came meanwhile.
 */
export type FeedMessage =
  | { kind: "state"; state: FeedState }
  | { kind: "joined"; version: string } // of the page that the edge serves, as the stream's last hello named it
  | { kind: "response"; bytes: Uint8Array; fresh: boolean };

/** From a tab to the one who holds the stream. */
export type FeedCommand =
  | { kind: "start"; employeeId: string } // another employee than before: begin anew
  | { kind: "poke" } // the network or the tab is back: try at once
  | { kind: "leave" };
