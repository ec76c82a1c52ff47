//! Kinds of orders as `inbox.outgoing.kind` holds them: the field numbers of `Order.body`.

use contracts::channel::{Order, order::Body};

pub const SEND: i16 = 10;
pub const EDIT: i16 = 11;
pub const DELETE: i16 = 12;
/// Also a literal in the partial index `outgoing_mark_read`.
pub const MARK_READ: i16 = 13;
pub const REACT: i16 = 14;
pub const FETCH_ATTACHMENT: i16 = 15;
pub const PARSE_AGAIN: i16 = 16;
pub const ANSWER_CALLBACK: i16 = 17;
pub const REFRESH_TEMPLATES: i16 = 18;

/// The kind of an order. One without a body is a send: its body is built of the message when it is published.
#[must_use]
pub fn kind(order: &Order) -> i16 {
    match &order.body {
        Some(Body::Send(_)) | None => SEND,
        Some(Body::Edit(_)) => EDIT,
        Some(Body::Delete(_)) => DELETE,
        Some(Body::MarkRead(_)) => MARK_READ,
        Some(Body::React(_)) => REACT,
        Some(Body::FetchAttachment(_)) => FETCH_ATTACHMENT,
        Some(Body::ParseAgain(_)) => PARSE_AGAIN,
        Some(Body::AnswerCallback(_)) => ANSWER_CALLBACK,
        Some(Body::RefreshTemplates(_)) => REFRESH_TEMPLATES,
    }
}

#[cfg(test)]
mod tests {
    use contracts::channel::{AnswerCallbackOrder, FetchAttachmentOrder, SendOrder};
    use prost::Message as _;

    use super::*;

    #[test]
    fn a_kind_is_the_number_that_the_contract_gives_the_field() {
        let bodies = [
            Body::Send(SendOrder::default()),
            Body::Edit(contracts::channel::EditOrder::default()),
            Body::Delete(contracts::channel::DeleteOrder::default()),
            Body::MarkRead(contracts::channel::MarkReadOrder::default()),
            Body::React(contracts::channel::ReactOrder::default()),
            Body::FetchAttachment(FetchAttachmentOrder::default()),
            Body::ParseAgain(contracts::channel::ParseAgainOrder::default()),
            Body::AnswerCallback(AnswerCallbackOrder::default()),
            Body::RefreshTemplates(contracts::channel::RefreshTemplatesOrder::default()),
        ];
        for body in bodies {
            let order = Order { body: Some(body), ..Order::default() };
            // The tag of a field is its number and the wire type 2 (length-delimited).
            let tag = prost::encoding::decode_varint(&mut order.encode_to_vec().as_slice()).unwrap();
            assert_eq!(i64::from(kind(&order)), i64::try_from(tag >> 3).unwrap());
        }
    }
}
