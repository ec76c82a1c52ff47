/** An address ends before what a sentence puts behind it; one with a blank in it (https://example.com/<name>) is none. */
const ADDRESS = /(https?:\/\/[^\s<>"«»]*[^\s<>"«».,:;!?)\]}'’](?=[.,:;!?)\]}'’»"]*(?:\s|$)))/giu;

/** A text cut at its web addresses: every second part is one. */
export function cutAtAddresses(text: string): string[] {
  return text.split(ADDRESS);
}
