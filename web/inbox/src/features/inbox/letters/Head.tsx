import { IconCheck, IconX } from "@tabler/icons-react";
import type { Letter as Head, MailAddress } from "../../../gen/okno/channel/v1/content_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import css from "./Letter.module.css";
import { inFull, shortList } from "./people.ts";
import { type Proof, proofsOf, unproven } from "./verdicts.ts";

/** From whom, to whom, and what the mailbox's server found out about the sender. */
export function People({ head }: { head: Head }) {
  const proofs = proofsOf(head.verdicts);
  const failed = unproven(proofs);
  return (
    <>
      <p className={css.people}>
        {head.from && <span className={css.address}>{inFull(head.from)}</span>}
        <Line label="letter.to" people={head.to} />
        <Line label="letter.cc" people={head.cc} />
        <Line label="letter.bcc" people={head.bcc} />
        {proofs.map((proof) => (
          <ProofChip key={proof.method} proof={proof} />
        ))}
      </p>
      {failed.length > 0 && <Strip tone="amber">{t("letter.unproven", { list: failed.map(words).join(", ") })}</Strip>}
    </>
  );
}

function Line({ label, people }: { label: Key; people: readonly MailAddress[] }) {
  if (people.length === 0) return null;
  const { names, more } = shortList(people);
  const list = more > 0 ? `${names}, ${t("letter.more", { n: more })}` : names;
  return <span title={people.map(inFull).join(", ")}>{t(label, { list })}</span>;
}

function ProofChip({ proof }: { proof: Proof }) {
  const { good, bad } = proof;
  const icon = good ? <IconCheck size={12} stroke={2} aria-hidden="true" /> : bad ? <IconX size={12} stroke={2} aria-hidden="true" /> : undefined;
  return (
    <Chip tone={good ? "green" : bad ? "red" : "gray"} icon={icon} title={words(proof)}>
      {proof.method}
      <span className="visually-hidden"> {proof.result}</span>
    </Chip>
  );
}

function words({ method, result, domain }: Proof): string {
  return domain ? t("letter.verdict", { method, result, domain }) : t("letter.verdictBare", { method, result });
}
