//! Generates Rust from proto/ without a system protoc.
use std::{env, fs, path::PathBuf};

use anyhow::Context;
use prost::Message;

/// Large, and absent in all channels but one: every message would be carried about with room for it.
const LETTER: &str = ".okno.channel.v1.Content.letter";
const WRITTEN: &str = ".okno.inbox.v1.SendMessageRequest.letter";
const ANSWERS: &str = ".okno.channel.v1.SendOrder.answers";

fn main() -> anyhow::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let descriptors = protox::compile(&files, [&root]).context("proto/ does not compile")?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("okno.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().boxed(LETTER).boxed(ANSWERS).boxed(WRITTEN).compile_fds(descriptors)?;
    Ok(())
}

fn collect(folder: &PathBuf, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "proto") {
            files.push(path);
        }
    }
    Ok(())
}
