/** How the live feed stands, as the tabs see it. */
export type FeedState = "connecting" | "connected" | "away" | "signed-out";

/** From the one who holds the stream to every tab. `fresh`: the stream began now and nothing was resumed. */
export type FeedMessage =
  | { kind: "state"; state: FeedState }
  | { kind: "response"; bytes: Uint8Array; fresh: boolean };

/** From a tab to the one who holds the stream. */
export type FeedCommand =
  | { kind: "start"; employeeId: string } // another employee than before: begin anew
  | { kind: "poke" } // the network or the tab is back: try at once
  | { kind: "leave" };
