import type { Text } from "../text.ts";

export const links = {
  "links.title": "Links with other clients",
  "links.failed": "The links did not load",
  "links.none": "There are no links with other clients yet.",
  "links.add": "Add a link",
  "links.new": "New link",
  "links.edit": "Link: {name}",
  "links.change": "Change",
  "links.remove": "Remove the link",
  "links.removed": "The link is removed.",
  "links.actions": "Actions with the link: {name}",
  "links.closed": "A client that you do not see",
  "links.other": "The other client",
  "links.role": "What the other one is",
  "links.note": "Note",
  "links.noKinds": "There are no kinds of links yet: an administrator adds them in the directories.",
  "links.since": "since {from}",
  "links.until": "until {until}",
  "links.fromUntil": "from {from} to {until}",
  "links.reverse": "Name from the other side",
  "links.reverseHint": "For example “Branch” for “Parent company”. Empty: the same from both sides.",
} satisfies Record<string, Text>;
