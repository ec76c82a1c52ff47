import css from "./Page.module.css";

type PageProps = {
  title: string;
  back?: React.ReactNode;
  actions?: React.ReactNode;
  /** For tables: forms keep the width at which they are read well. */
  wide?: boolean;
  children: React.ReactNode;
};

/** A page of forms and short lists: one title, one column. */
export function Page({ title, back, actions, wide = false, children }: PageProps) {
  return (
    <div className={css.page} data-wide={wide || undefined}>
      {back}
      <header className={css.head}>
        <h1 tabIndex={-1} data-heading>
          {title}
        </h1>
        {actions && <div className={css.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

type SectionProps = { title: string; danger?: boolean; children: React.ReactNode };

export function Section({ title, danger = false, children }: SectionProps) {
  return (
    <section className={css.section} data-danger={danger || undefined} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
