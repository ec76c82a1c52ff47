//! What a column means, guessed from the words above it.

use super::{
    Column,
    mapping::Place,
    target::{Target, What},
};
use crate::{cards::fields::Field, cards::values::Object, clients::domain::AddressKind, text::search_form};

/// Beginnings of words of a heading, all of which it must hold, and what it then means; the first that fits counts.
const GUESSES: &[(&[&str], &str)] = &[
    (&["отписан"], "unsubscribed"),
    (&["unsubscribed"], "unsubscribed"),
    (&["должност"], "contact.position"),
    (&["job", "title"], "contact.position"),
    (&["position"], "contact.position"),
    (&["роль"], "contact.role"),
    (&["role"], "contact.role"),
    (&["телефон"], "addresses:phone"),
    (&["тел"], "addresses:phone"),
    (&["мобильн"], "addresses:phone"),
    (&["phone"], "addresses:phone"),
    (&["mobile"], "addresses:phone"),
    (&["почтов", "адрес"], "addresses:postal"),
    (&["mailing", "address"], "addresses:postal"),
    (&["электрон", "почт"], "addresses:email"),
    (&["почт"], "addresses:email"),
    (&["mail"], "addresses:email"),
    (&["email"], "addresses:email"),
    (&["сайт"], "addresses:site"),
    (&["site"], "addresses:site"),
    (&["website"], "addresses:site"),
    (&["web"], "addresses:site"),
    (&["url"], "addresses:site"),
    (&["мессенджер"], "addresses:messenger"),
    (&["telegram"], "addresses:messenger"),
    (&["телеграм"], "addresses:messenger"),
    (&["messenger"], "addresses:messenger"),
    (&["адрес"], "addresses:postal"),
    (&["address"], "addresses:postal"),
    (&["инн"], "inn"),
    (&["inn"], "inn"),
    (&["кпп"], "kpp"),
    (&["kpp"], "kpp"),
    (&["огрн"], "ogrn"),
    (&["ogrn"], "ogrn"),
    (&["окпо"], "okpo"),
    (&["okpo"], "okpo"),
    (&["рабоч", "наименован"], "working_name"),
    (&["рабоч", "назван"], "working_name"),
    (&["working", "name"], "working_name"),
    (&["фамили"], "surname"),
    (&["surname"], "surname"),
    (&["last", "name"], "surname"),
    (&["отчеств"], "patronymic"),
    (&["patronymic"], "patronymic"),
    (&["middle", "name"], "patronymic"),
    (&["first", "name"], "given_name"),
    (&["given", "name"], "given_name"),
    (&["ответственн"], "responsible"),
    (&["менеджер"], "responsible"),
    (&["responsible"], "responsible"),
    (&["manager"], "responsible"),
    (&["owner"], "responsible"),
    (&["уров", "доступ"], "access_levels"),
    (&["access", "level"], "access_levels"),
    (&["отрасл"], "industry"),
    (&["industry"], "industry"),
    (&["сегмент"], "segment"),
    (&["segment"], "segment"),
    (&["регион"], "region"),
    (&["region"], "region"),
    (&["холдинг"], "holding"),
    (&["holding"], "holding"),
    (&["численност"], "headcount"),
    (&["сотрудников"], "headcount"),
    (&["headcount"], "headcount"),
    (&["рабоч", "мест"], "workplaces"),
    (&["workplaces"], "workplaces"),
    (&["важност"], "importance"),
    (&["importance"], "importance"),
    (&["состоян"], "work_status"),
    (&["work", "status"], "work_status"),
    (&["платежеспособност"], "solvency"),
    (&["solvency"], "solvency"),
    (&["отношен"], "relations"),
    (&["кем", "приходится"], "relations"),
    (&["relation"], "relations"),
    (&["тег"], "tags"),
    (&["теги"], "tags"),
    (&["метк"], "tags"),
    (&["tag"], "tags"),
    (&["tags"], "tags"),
    (&["дата", "рожден"], "birthday"),
    (&["день", "рожден"], "birthday"),
    (&["birthday"], "birthday"),
    (&["date", "birth"], "birthday"),
    (&["дата", "регистрац"], "registered_on"),
    (&["registered"], "registered_on"),
    (&["опрос"], "takes_surveys"),
    (&["survey"], "takes_surveys"),
    (&["учредител"], "founder"),
    (&["founder"], "founder"),
    (&["пол"], "sex"),
    (&["sex"], "sex"),
    (&["gender"], "sex"),
    (&["комментар"], "comment"),
    (&["примечан"], "comment"),
    (&["comment"], "comment"),
    (&["note"], "comment"),
    (&["вид"], "kind"),
    (&["тип"], "kind"),
    (&["kind"], "kind"),
    (&["наименован"], "name"),
    (&["назван"], "name"),
    (&["компани"], "name"),
    (&["организац"], "name"),
    (&["клиент"], "name"),
    (&["фио"], "name"),
    (&["company"], "name"),
    (&["client"], "name"),
    (&["customer"], "name"),
    (&["name"], "name"),
    (&["имя"], "given_name"),
];

/// Short ones are whole words: "пол" is in "поле", "тел" in "телеграм".
const WHOLE: usize = 3;

/// What a heading says, by itself and its words; a custom field is known by its name.
fn said(heading: &str, fields: &[Field], read: fn(&str, &[&str]) -> Option<Target>) -> Option<Target> {
    let heading = search_form(heading);
    if let Some(field) = fields.iter().find(|field| search_form(&field.name) == heading) {
        return Some(Target { contact: field.object == Object::Contact, what: What::Custom(field.id.0) });
    }
    let words = heading.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    read(&heading, &words.collect::<Vec<_>>())
}

fn guess(heading: &str, fields: &[Field]) -> Option<Target> {
    said(heading, fields, |heading, words| {
        // What an export of ours wrote.
        if let Some(exact) = Target::read(heading) {
            return Some(exact);
        }
        let (said, rest) = apart(words, &CONTACT);
        if said { Some(of_contact(by_words(&rest))) } else { by_words(&rest) }
    })
}

/// The same where rows are contacts: what a contact may have is theirs, unless it says that it is the client's.
fn guess_of_contact(heading: &str, fields: &[Field]) -> Option<Target> {
    said(heading, fields, |_, words| {
        let (contact, rest) = apart(words, &CONTACT);
        if contact {
            return Some(of_contact(by_words(&rest)));
        }
        let (client, rest) = apart(words, &CLIENT);
        let target = by_words(&rest);
        if client {
            let name = Target { contact: false, what: What::Field("name") };
            return Some(target.filter(|target| !target.contact).unwrap_or(name));
        }
        let theirs = |target: Target| target.what != What::Address(AddressKind::Site);
        target.map(|target| Target::read(&format!("contact.{target}")).filter(|_| theirs(target)).unwrap_or(target))
    })
}

/// Whether some word begins so, and the others.
fn apart<'a>(words: &[&'a str], beginnings: &[&str]) -> (bool, Vec<&'a str>) {
    let begins = |word: &&&str| beginnings.iter().any(|beginning| word.starts_with(beginning));
    let rest: Vec<&str> = words.iter().filter(|word| !begins(word)).copied().collect();
    (rest.len() < words.len(), rest)
}

const CONTACT: [&str; 2] = ["контакт", "contact"];
const CLIENT: [&str; 12] = [
    "наименован",
    "назван",
    "компани",
    "организац",
    "клиент",
    "контрагент",
    "фирм",
    "предприят",
    "company",
    "client",
    "customer",
    "organi",
];

fn by_words(words: &[&str]) -> Option<Target> {
    let holds = |part: &&str| {
        let short = part.chars().count() <= WHOLE;
        words.iter().any(|word| if short { word == part } else { word.starts_with(part) })
    };
    GUESSES.iter().find(|(parts, _)| parts.iter().all(holds)).and_then(|(_, name)| Target::read(name))
}

/// The same of a contact; what contacts have not is their name, as in "contact person".
fn of_contact(target: Option<Target>) -> Target {
    let name = target.map(|target| target.to_string()).unwrap_or_default();
    let read = |name: &str| Target::read(&format!("contact.{}", name.trim_start_matches("contact.")));
    read(&name).unwrap_or(Target { contact: true, what: What::Field("name") })
}

/// What the columns mean, of those that can be guessed; what only one may fill goes to the first.
#[must_use]
pub fn guesses(headings: &[String], fields: &[Field]) -> Vec<Place> {
    let mut found = places(headings.iter().map(|heading| guess(heading, fields)));
    // "Name" beside a surname is the given name.
    let is = |place: &Place, name: &'static str| !place.target.contact && place.target.what == What::Field(name);
    if found.iter().any(|place| is(place, "surname"))
        && !found.iter().any(|place| is(place, "given_name"))
        && let Some(name) = found.iter_mut().find(|place| is(place, "name"))
        && matches!(search_form(&headings[name.column]).as_str(), "name" | "имя")
    {
        name.target.what = What::Field("given_name");
    }
    found
}

/// What the columns of a file that was read mean where its rows are contacts.
#[must_use]
pub fn of_contacts(columns: &[Column], fields: &[Field]) -> Vec<Place> {
    if columns.iter().all(|column| column.heading.is_empty()) {
        let address = |target: Target| Target { contact: matches!(target.what, What::Address(_)), ..target };
        return places(columns.iter().map(|column| by_values(&column.samples).map(address)));
    }
    let mut found = places(columns.iter().map(|column| guess_of_contact(&column.heading, fields)));
    let is = |place: &Place, name: &'static str| place.target.contact && place.target.what == What::Field(name);
    if !found.iter().any(|place| is(place, "surname") || is(place, "name"))
        && let Some(name) = found.iter_mut().find(|place| is(place, "given_name"))
    {
        name.target.what = What::Field("name"); // alone, it may hold all parts of the name
    }
    found
}

/// What only one column may fill goes to the first.
fn places(targets: impl Iterator<Item = Option<Target>>) -> Vec<Place> {
    let mut found: Vec<Place> = Vec::new();
    for (column, target) in targets.enumerate() {
        let Some(target) = target else { continue };
        if target.many() || found.iter().all(|place| place.target != target) {
            found.push(Place { column, target });
        }
    }
    found
}

/// Whether the first row is a heading: it names what we know, or it holds words where nothing looks like a value.
#[must_use]
pub fn is_heading(first: &[String], fields: &[Field]) -> bool {
    let filled: Vec<&String> = first.iter().filter(|cell| !cell.trim().is_empty()).collect();
    let value = |cell: &&&String| {
        cell.contains('@') || cell.chars().filter(char::is_ascii_digit).count() * 2 > cell.chars().count()
    };
    if filled.iter().any(|cell| value(&cell)) {
        return false;
    }
    let known = |cell: &&&String| guess(cell, fields).is_some() && cell.chars().count() <= 60;
    filled.iter().filter(known).count() * 2 >= filled.len().max(1)
}

/// The kind of address whose values these look like, where no heading says it.
#[must_use]
pub fn by_values(values: &[String]) -> Option<Target> {
    let of = |what| Some(Target { contact: false, what });
    let filled: Vec<&String> = values.iter().filter(|value| !value.trim().is_empty()).collect();
    let all = |fits: fn(&str) -> bool| !filled.is_empty() && filled.iter().all(|value| fits(value));
    if all(|value| model::Email::parse(value).is_some()) {
        return of(What::Address(AddressKind::Email));
    }
    if all(crate::duplicates::rules::is_inn) {
        return of(What::Field("inn"));
    }
    if all(|value| model::Phone::parse(value).is_some()) {
        return of(What::Address(AddressKind::Phone));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headings: &[&str]) -> Vec<String> {
        let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
        guesses(&headings, &[]).iter().map(|place| format!("{}={}", place.column, place.target)).collect()
    }

    #[test]
    fn headings_are_understood_in_both_languages() {
        assert_eq!(
            read(&[
                "Наименование",
                "ИНН",
                "Телефон",
                "E-mail",
                "Контактное лицо",
                "Телефон контакта",
                "Ответственный",
                "Поле"
            ]),
            [
                "0=name",
                "1=inn",
                "2=addresses:phone",
                "3=addresses:email",
                "4=contact.name",
                "5=contact.addresses:phone",
                "6=responsible"
            ]
        );
        assert_eq!(
            read(&["Last name", "First name", "Phone", "Mobile phone", "Tags", "Date of birth"]),
            ["0=surname", "1=given_name", "2=addresses:phone", "3=addresses:phone", "4=tags", "5=birthday"]
        );
        assert_eq!(
            read(&["ФИО контактного лица", "Должность контакта", "Given name of the contact", "Contact e-mail"]),
            ["0=contact.name", "1=contact.position", "2=contact.given_name", "3=contact.addresses:email"]
        );
        assert_eq!(read(&["Фамилия", "Имя", "Отчество"]), ["0=surname", "1=given_name", "2=patronymic"]);
        assert_eq!(read(&["Почтовый адрес", "Электронная почта"]), ["0=addresses:postal", "1=addresses:email"]);
        assert_eq!(read(&["addresses:phone", "contact.name"]), ["0=addresses:phone", "1=contact.name"]);
    }

    #[test]
    fn headings_of_contacts_are_the_contact_s_unless_they_say_otherwise() {
        let read = |headings: &[&str]| {
            let column = |heading: &&str| Column { heading: (*heading).to_owned(), samples: Vec::new() };
            let columns: Vec<Column> = headings.iter().map(column).collect();
            of_contacts(&columns, &[]).iter().map(|place| place.target.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            read(&[
                "ФИО",
                "Должность",
                "Телефон",
                "E-mail",
                "Компания",
                "ИНН",
                "Ответственный",
                "Сайт",
                "Телефон компании"
            ]),
            [
                "contact.name",
                "contact.position",
                "contact.addresses:phone",
                "contact.addresses:email",
                "name",
                "inn",
                "responsible",
                "addresses:site",
                "addresses:phone"
            ]
        );
        assert_eq!(read(&["Surname", "First name", "Client"]), ["contact.surname", "contact.given_name", "name"]);
        assert_eq!(read(&["Имя", "Контакт клиента", "Организация"]), ["contact.given_name", "contact.name", "name"]);
        assert_eq!(read(&["Имя", "День рождения", "Клиент"]), ["contact.name", "contact.birthday", "name"]);
    }

    #[test]
    fn a_heading_is_told_from_data() {
        let is = |cells: &[&str]| is_heading(&cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>(), &[]);
        assert!(is(&["Клиент", "Телефон", ""]));
        assert!(!is(&["ООО Ромашка", "+7 999 000-00-01"]));
        assert!(!is(&["Иванов Иван", "ivanov@example.com"]));
        assert!(!is(&["Ромашка", "Москва"]));
    }

    #[test]
    fn values_say_what_headings_do_not() {
        let of = |values: &[&str]| {
            by_values(&values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>()).map(|target| target.to_string())
        };
        assert_eq!(of(&["a@example.com", "", "b@example.com"]).as_deref(), Some("addresses:email"));
        assert_eq!(of(&["7707083893"]).as_deref(), Some("inn"));
        assert_eq!(of(&["+7 999 000-00-01", "8 (999) 000-00-02"]).as_deref(), Some("addresses:phone"));
        assert_eq!(of(&["Ромашка"]), None);
        assert_eq!(of(&[]), None);
    }
}
