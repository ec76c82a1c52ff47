import css from "./Chip.module.css";

export type Tone = "gray" | "red" | "amber" | "green" | "violet" | "accent";

type Props = { tone?: Tone; icon?: React.ReactNode; title?: string; children: React.ReactNode };

/** A small word with a shape: state is never told by colour alone. */
export function Chip({ tone = "gray", icon, title, children }: Props) {
  return (
    <span className={css.chip} data-tone={tone} title={title}>
      {icon}
      <span className={css.word}>{children}</span>
    </span>
  );
}
