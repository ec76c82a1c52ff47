//! One batch of facts, one transaction, at most 14 statements (rule I16).
