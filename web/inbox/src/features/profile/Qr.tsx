import { generate } from "lean-qr/nano";
import css from "./ProfilePage.module.css";

const QUIET = 4;

/** A QR code as one path: black on white in both themes, for phones read it so. */
export function Qr({ text, label }: { text: string; label: string }) {
  const code = generate(text);
  const size = code.size + 2 * QUIET;
  const cells: string[] = [];
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) if (code.get(x, y)) cells.push(`M${x + QUIET} ${y + QUIET}h1v1h-1z`);
  }
  return (
    <svg className={css.qr} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <path d={cells.join("")} />
    </svg>
  );
}
