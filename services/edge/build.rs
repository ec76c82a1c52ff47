//! Embeds the page and the demo shop anew when they were built anew.
use std::{env, path::Path};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    for web in ["../../web/inbox", "../../web/widget"] {
        let web = Path::new(&root).join(web);
        let dist = web.join("dist");
        // A watched path that does not exist would make every build a new one.
        let watched = if dist.exists() { dist } else { web };
        println!("cargo:rerun-if-changed={}", watched.display());
    }
}
