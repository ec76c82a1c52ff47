//! From what is packed to what comes next, a stretch at a time.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{
    ExportError, Exporter, Order,
    pack::Pack,
    place::{Dialog, Place, Stage},
    read, store, zip,
};

/// Of a file, read at once.
const STRETCH: usize = 1 << 20;
/// A ZIP tells the length of a file in 32 bits.
const LONGEST: u64 = u32::MAX as u64;
/// Entries of the directory, read at once.
const ENTRIES: i64 = 1_000;

const ABOUT: &str = "\
Здесь всё, что хранится об одном человеке: карточка, история изменений, обращения и диалоги с файлами.
Тексты — JSON в UTF-8. Чужие письма из общих переписок, имена сотрудников и чужие адреса сюда не входят.

This is everything that is kept of one person: the card, the history of changes, requests, and dialogs with their files.
Texts are JSON in UTF-8. Letters of others in shared threads, names of staff and addresses of others are left out.
";

/// Packs the next stretch.
///
/// # Errors
/// [`ExportError`]; what was packed of the piece is packed again.
pub async fn on(exporter: &Exporter, order: &Order, place: &mut Place, pack: &mut Pack) -> Result<(), ExportError> {
    let pool = &exporter.pool;
    match place.stage {
        Stage::Parts => match read::part(pool, order, place.after).await? {
            Some(part) => {
                pack.add(&part.name, &part.body)?;
                pack.count(&part.kind, part.records.into());
                place.after = part.ordinal;
            }
            None => (place.stage, place.after) = (Stage::People, 0),
        },
        Stage::People => {
            pack.add("about.txt", ABOUT.as_bytes())?;
            let people = read::people(pool, order).await?;
            pack.count("contact_point", number(people.len()));
            if !people.is_empty() {
                pack.add("accounts in channels.json", &text(&people)?)?;
            }
            place.stage = Stage::Mailings;
        }
        Stage::Mailings => {
            let mailings = read::mailings(pool, order, place.after).await?;
            if mailings.is_empty() {
                place.stage = Stage::Dialogs;
            } else {
                place.after += 1;
                pack.add(&format!("mailings-{}.json", place.after), &text(&mailings)?)?;
            }
        }
        Stage::Dialogs => dialogs(exporter, order, place, pack).await?,
        Stage::End => end(exporter, order, place, pack).await?,
        Stage::Done => {}
    }
    Ok(())
}

async fn dialogs(exporter: &Exporter, order: &Order, place: &mut Place, pack: &mut Pack) -> Result<(), ExportError> {
    if let Some(dialog) = &mut place.dialog {
        if dialog.open.is_some() || !dialog.files.is_empty() {
            return files(exporter, dialog, pack).await;
        }
        let own: HashSet<String> = order.own_addresses(&exporter.pool).await?.into_iter().collect();
        let page = read::messages(&exporter.pool, &own, place.conversation, dialog.seq).await?;
        let Some(last) = page.last else {
            place.dialog = None;
            return Ok(());
        };
        (dialog.seq, dialog.files) = (last, page.files);
        if !page.messages.is_empty() {
            dialog.page += 1;
            pack.count("message", number(page.messages.len()) - page.left_out);
            pack.count("left_out", page.left_out);
            pack.add(&format!("{}/messages-{}.json", dialog.folder, dialog.page), &text(&page.messages)?)?;
        }
        return Ok(());
    }
    let Some(next) = read::dialog(&exporter.pool, order, place.conversation).await? else {
        place.stage = Stage::End;
        return Ok(());
    };
    place.conversation = next.id;
    if next.is_personal {
        pack.count("left_out", 1);
        return Ok(());
    }
    place.dialogs += 1;
    let folder = format!("dialogs/{:04} {}", place.dialogs, next.channel);
    pack.count("conversation", 1);
    pack.count("request", next.requests);
    pack.add(&format!("{folder}/dialog.json"), &serde_json::to_vec_pretty(&next.about)?)?;
    place.dialog = Some(Dialog { folder, seq: 0, page: 0, files: Vec::new(), open: None });
    Ok(())
}

/// Goes on with a file, or begins the next one. One that is not there any more is told of and no reason to fail.
async fn files(exporter: &Exporter, dialog: &mut Dialog, pack: &mut Pack) -> Result<(), ExportError> {
    let Some(file) = dialog.files.first().cloned() else { return Ok(()) };
    let read = dialog.open.as_ref().map_or(0, |open| open.read);
    let found = exporter.objects.stretch(&file.object_key, read, STRETCH).await?;
    let found = found.filter(|(_, size)| *size <= LONGEST);
    let Some((bytes, size)) = found else {
        if let Some(open) = dialog.open.take() {
            pack.close(open)?; // as much as there was
        }
        pack.count("file_missing", 1);
        dialog.files.remove(0);
        return Ok(());
    };
    let folder = &dialog.folder;
    let open = dialog.open.get_or_insert_with(|| pack.open(&format!("{folder}/files/{}", file.name)));
    pack.copy(open, &bytes);
    if open.read >= size || bytes.is_empty() {
        if let Some(open) = dialog.open.take() {
            pack.close(open)?;
        }
        pack.count("file", 1);
        dialog.files.remove(0);
    }
    Ok(())
}

/// The directory. It is a piece of its own, for it lists what is written down with the pieces before it.
async fn end(exporter: &Exporter, order: &Order, place: &mut Place, pack: &mut Pack) -> Result<(), ExportError> {
    let (starts_at, mut after) = (pack.place(), -1);
    loop {
        let entries = store::entries(&exporter.pool, order.id, after, ENTRIES).await?;
        let Some((last, _)) = entries.last() else { break };
        after = *last;
        entries.iter().for_each(|(_, entry)| pack.bytes.extend(zip::listed(entry)));
    }
    let size = pack.place() - starts_at;
    pack.bytes.extend(zip::end((after + 1).unsigned_abs(), starts_at, size));
    place.stage = Stage::Done;
    Ok(())
}

fn text(entries: &[Value]) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec_pretty(&json!(entries))
}

fn number(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
