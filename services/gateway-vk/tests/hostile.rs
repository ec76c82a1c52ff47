//! Bytes of strangers, tried longer than the conformance suite does (`cargo xtask test --long`).

mod long {
    use gateway_kit::conformance::{Fixtures, search};

    #[test]
    fn no_delivery_breaks_the_parser() {
        search::<gateway_vk::Vk>(&Fixtures::of(env!("CARGO_MANIFEST_DIR")).samples());
    }
}
