use std::fmt;

/// A schema with the common tables. A closed list: its name is put into SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Schema {
    /// Router's: conversations, requests, accounts.
    Inbox,
    /// crm-core's: organisation, clients, deals.
    Crm,
}

impl Schema {
    /// The name in SQL and the area in events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Crm => "crm",
        }
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
