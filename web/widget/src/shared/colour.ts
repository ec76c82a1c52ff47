/** `#rrggbb`, or the fallback: what goes into a style sheet comes from here. */
export function colour(value: unknown, fallback: string): string {
  return /^#[0-9a-f]{6}$/i.test(value as string) ? (value as string) : fallback;
}

/** WCAG's relative luminance, 0 to 1. */
export function luminance(hex: string): number {
  return [0.2126, 0.7152, 0.0722].reduce((sum, weight, index) => {
    const part = parseInt(hex.slice(1 + index * 2, 3 + index * 2), 16) / 255;
    return sum + weight * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  }, 0);
}

/** White or black, whichever is read on `fill`: white has 4.5 to 1 up to this luminance, black beyond. */
export function textOn(fill: string): string {
  return luminance(fill) > 0.1833 ? "#000000" : "#ffffff";
}
