use rpc::Caller;

/// What an API key needs for a method: `<area>.read` or `<area>.write`. `None`: no key may call it.
#[must_use]
pub fn scope_of(path: &str) -> Option<String> {
    let (package, rest) = path.strip_prefix("/okno.")?.split_once(".v1.")?;
    let (service, method) = rest.split_once('/')?;
    let area = match (package, service) {
        (_, "SessionService") => return (method == "GetMe").then(|| "org.read".to_owned()),
        ("inbox" | "file", _) => "inbox",
        ("org" | "crm", _) => package,
        _ => return None,
    };
    let reads = ["Get", "List", "BatchGet", "Count", "Find", "Suggest", "Export"];
    let access = if reads.iter().any(|verb| method.starts_with(verb)) { "read" } else { "write" };
    Some(format!("{area}.{access}"))
}

/// Whether a key holds a scope; writing includes reading.
#[must_use]
pub fn holds(caller: &Caller, scope: &str) -> bool {
    let wider = scope.strip_suffix(".read").map(|area| format!("{area}.write"));
    caller.scopes.iter().any(|held| held == scope || Some(held) == wider.as_ref())
}

#[cfg(test)]
mod tests {
    use model::EmployeeId;

    use super::*;

    #[test]
    fn reading_and_writing_are_told_apart_by_the_verb() {
        let scope = |path| scope_of(path).unwrap();
        assert_eq!(scope("/okno.inbox.v1.ConversationService/ListMessages"), "inbox.read");
        assert_eq!(scope("/okno.inbox.v1.ConversationService/SendMessage"), "inbox.write");
        assert_eq!(scope("/okno.file.v1.FileService/CreateFile"), "inbox.write");
        assert_eq!(scope("/okno.crm.v1.ClientService/FindClients"), "crm.read");
        assert_eq!(scope("/okno.crm.v1.ImportService/ExportClients"), "crm.read");
        assert_eq!(scope("/okno.org.v1.SessionService/GetMe"), "org.read");
        assert_eq!(scope_of("/okno.org.v1.SessionService/ChangePassword"), None);
    }

    #[test]
    fn writing_includes_reading_and_not_the_reverse() {
        let mut caller = Caller::operator(EmployeeId::new());
        caller.scopes = vec!["inbox.write".to_owned(), "crm.read".to_owned()];
        assert!(holds(&caller, "inbox.read") && holds(&caller, "inbox.write") && holds(&caller, "crm.read"));
        assert!(!holds(&caller, "crm.write") && !holds(&caller, "org.read"));
    }
}
