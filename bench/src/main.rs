//! `cargo xtask bench`: measures Okno on this machine. See `--help`.

mod accounts;
mod clients;
mod feed;
mod growth;
mod house;
mod load;
mod machine;
mod mail;
mod office;
mod options;
mod people;
mod report;
mod scenario;
mod telegram;
mod usage;
mod visitors;
mod whatsapp;
mod words;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use house::{Folder, Servers, Settings};
use machine::{Durability, Machine};
use options::{Options, Scenario};
use report::{Report, Section};
use scenario::Context;

fn main() -> ExitCode {
    let options = Options::parse();
    let Ok(tokio) = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() else {
        eprintln!("bench: the system gives no threads");
        return ExitCode::FAILURE;
    };
    match tokio.block_on(until_interrupted(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nbench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Ctrl-C drops what is under way; servers and data go with their handles.
async fn until_interrupted(options: &Options) -> Result<()> {
    let (mut interrupt, mut end) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        done = Box::pin(measure(options)) => done,
        _ = interrupt.recv() => bail!("interrupted; servers and data are gone, what was measured is in the report"),
        _ = end.recv() => bail!("ended; servers and data are gone, what was measured is in the report"),
    }
}

async fn measure(options: &Options) -> Result<()> {
    let target = target()?;
    let data = options.data.clone().unwrap_or_else(|| target.join("bench"));
    let folder = Folder::make(&data, options.disk_bytes())?;
    let context = Context { options, folder: &folder, program: program(options)?, settings: Settings::of(options) };
    let mut report = begin(&context).await?;
    print!("{}", report::head(&report));
    let out = options.out.clone().unwrap_or_else(|| data.join(report.started_at.replace(':', "-")));
    for scenario in options.scenarios() {
        if scenario == Scenario::Growth {
            report.growth = Some(Box::pin(growth::measure(&context)).await?);
        } else {
            let mut section = runs(scenario, &context).await?;
            section.verdicts = report::verdicts(&section, options);
            print!("{}", report::section(&section));
            report.add(section);
        }
        report.write(&out)?;
    }
    println!("{}\n{}", report::end(&report), out.join("report.html").display());
    let (broken, below) = (report.broken(), report.below_floor());
    if !broken.is_empty() {
        bail!("not as promised:\n{}", broken.join("\n"));
    }
    if !below.is_empty() {
        bail!("below the floor:\n{}", below.join("\n"));
    }
    Ok(())
}

async fn runs(scenario: Scenario, context: &Context<'_>) -> Result<Section> {
    let (name, mut runs) = (scenario.name(), Vec::new());
    for number in 1..=context.options.runs() {
        eprintln!("bench: {name}, run {number} of {}", context.options.runs());
        runs.push(Box::pin(scenario.run(context)).await.with_context(|| format!("{name}, run {number}"))?);
    }
    Ok(Section::of(name, scenario.what(), &runs))
}

/// Looks at the machine, its disk and the servers' settings.
async fn begin(context: &Context<'_>) -> Result<Report> {
    let machine = Machine::look(context.folder.path())?;
    let mut servers = Servers::start(&context.folder.fresh()?, context.program(), &context.settings).await?;
    let durability = Durability::look(&servers.pool().await?).await;
    servers.stop().await;
    Ok(Report {
        okno: env!("CARGO_PKG_VERSION").to_owned(),
        commit: machine::commit(),
        settings: context.options.settings(),
        started_at: chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        command: std::env::args().skip(1).collect::<Vec<_>>().join(" "),
        only_a_check: context.options.quick || cfg!(debug_assertions),
        machine,
        durability: durability?,
        sections: Vec::new(),
        growth: None,
        ratio_to_limit: None,
    })
}

/// The `okno` to measure.
fn program(options: &Options) -> Result<PathBuf> {
    let beside = std::env::current_exe()?.with_file_name("okno");
    let program = options.okno.clone().unwrap_or(beside);
    if !program.is_file() {
        bail!("{} is missing: `cargo xtask bench` builds it, or name another one by --okno", program.display());
    }
    Ok(program.canonicalize()?)
}

/// The folder that this program was built in.
fn target() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.parent().and_then(Path::parent).context("this program lies in no target folder")?;
    Ok(target.to_owned())
}
