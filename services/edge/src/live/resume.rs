use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{live::ring::Place, upstream::Area};

/// How far a page has come in each area; opaque to it. Not a secret: what may be seen is decided anew at each event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    #[serde(rename = "i", skip_serializing_if = "Option::is_none")]
    inbox: Option<(String, u64)>,
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    crm: Option<(String, u64)>,
}

impl Places {
    /// `None` for a text that is no token of ours.
    #[must_use]
    pub fn decode(token: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()
    }

    #[must_use]
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default()) // plain data always serializes
    }

    #[must_use]
    pub fn get(&self, area: Area) -> Option<Place> {
        let place = match area {
            Area::Inbox => self.inbox.as_ref(),
            Area::Crm => self.crm.as_ref(),
        };
        place.map(|(epoch, position)| Place { epoch: epoch.clone(), position: *position })
    }

    pub fn set(&mut self, area: Area, place: &Place) {
        let place = Some((place.epoch.clone(), place.position));
        match area {
            Area::Inbox => self.inbox = place,
            Area::Crm => self.crm = place,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_back_from_their_token() {
        let mut places = Places::default();
        places.set(Area::Crm, &Place { epoch: "e".to_owned(), position: 7 });
        let read = Places::decode(&places.encode()).unwrap();
        assert_eq!(read, places);
        assert_eq!(read.get(Area::Inbox), None);
        assert_eq!(Places::decode("nonsense"), None);
    }
}
