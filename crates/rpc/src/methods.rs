use std::{collections::HashSet, sync::LazyLock};

use prost::Message as _;
use prost_types::FileDescriptorSet;

/// Every method of the contracts as its path, `/okno.inbox.v1.ConversationService/SendMessage`.
static METHODS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    // The descriptors are compiled in: if they did not decode, nothing would, and no method is known.
    let files = FileDescriptorSet::decode(contracts::DESCRIPTORS).map(|set| set.file).unwrap_or_default();
    let mut methods = HashSet::new();
    for file in files {
        for service in &file.service {
            let methods_of =
                |m: &prost_types::MethodDescriptorProto| format!("/{}.{}/{}", file.package(), service.name(), m.name());
            methods.extend(service.method.iter().map(methods_of));
        }
    }
    methods
});

/// Whether the contracts have a method of this path.
#[must_use]
pub fn is_known_method(path: &str) -> bool {
    METHODS.contains(path)
}

/// The path as a metric's label: "other" for what the contracts do not know, so that labels stay few.
#[must_use]
pub fn known_method(path: &str) -> &'static str {
    METHODS.get(path).map_or("other", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_come_from_the_contracts() {
        assert!(is_known_method("/okno.inbox.v1.ConversationService/SendMessage"));
        assert!(!is_known_method("/okno.inbox.v1.ConversationService/DropTables"));
        assert_eq!(known_method("/x"), "other");
    }
}
