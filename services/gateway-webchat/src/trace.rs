//! What may be known of where a visitor came from without their consent: nothing.

use url::{Url, form_urlencoded};

use crate::{normalize::Circumstances, wire::Page};

/// Without touches, referrer, and marks of advertising in the page's address.
#[must_use]
pub fn without(around: Circumstances) -> Circumstances {
    let page = around.page.map(|page| Page { url: page.url.as_deref().and_then(unmarked), referrer: None, ..page });
    Circumstances { page, touch: None, ..around }
}

/// `None`: it is no address, and nobody knows what is in it.
fn unmarked(address: &str) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    let query = url.query().unwrap_or_default().to_owned();
    let kept: Vec<_> = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !is_advertising(name)).collect();
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    Some(url.into())
}

/// The widget's own list (`web/widget/src/loader/touches.ts`).
fn is_advertising(name: &str) -> bool {
    let known = ["yclid", "ymclid", "gclid", "fbclid", "rb_clickid", "_openstat", "erid", "roistat"];
    known.contains(&name) || name.starts_with("utm_") || name.starts_with("vk_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Touch, Touches};

    #[test]
    fn nothing_of_the_origin_is_left() {
        let page = Page {
            url: Some("https://shop.example/cart?p=7&utm_source=ya&yclid=42&vk_ad=1#/pay".into()),
            title: Some("Корзина".into()),
            referrer: Some("https://search.example/".into()),
        };
        let touch = Some(Touches { first: Some(Touch::default()), last: None });
        let left = without(Circumstances { page: Some(page), touch, storage_consent: None, language: "ru".into() });
        assert_eq!((left.touch, left.language.as_str()), (None, "ru"));
        let expected = Page {
            url: Some("https://shop.example/cart?p=7#/pay".into()),
            title: Some("Корзина".into()),
            referrer: None,
        };
        assert_eq!(left.page, Some(expected));
    }

    #[test]
    fn an_address_without_marks_stays_and_what_is_none_goes() {
        assert_eq!(unmarked("https://shop.example/a").as_deref(), Some("https://shop.example/a"));
        assert_eq!(unmarked("shop?utm_source=ya"), None);
    }
}
