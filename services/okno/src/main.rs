//! The one binary: every target of Okno, and the chores around them.

mod audit;
mod chores;
mod dead;
mod lost;
mod part;
mod targets;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use runtime::{EXIT_CONFIG, Env};

/// A message is a thousand small strings on their way through decoding, batches and rows: with the C library's allocator a
/// third of our processor time went into it (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Okno: one window for every customer channel.
///
/// `okno all` runs everything in one process; `okno router edge` runs just these targets, as Kubernetes does.
/// Settings are environment variables; docs/operations.md lists them.
#[derive(Parser)]
#[command(name = "okno", version, arg_required_else_help = true)]
#[command(after_help = targets::HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every target in this process
    All,
    /// Bring the database and the streams up to date; run it before new versions of the targets
    Migrate,
    /// Print fresh keys as NAME=value lines; keep them secret, and the same for all processes
    Keys,
    /// Print a nats-server configuration with a user per channel
    NatsConfig,
    /// Fill in a demo company and print its sign-ins (login, password, who, with tabs between)
    SeedDemo,
    /// Manage administrators
    Admin {
        #[command(subcommand)]
        command: chores::Admin,
    },
    /// Look at dead letters and take them again
    Dead {
        #[command(subcommand)]
        command: dead::Dead,
    },
    /// Check the sealed record of who changed what
    Audit {
        #[command(subcommand)]
        command: audit::Audit,
    },
    /// Look at the parts of IN and move accounts between them
    Part {
        #[command(subcommand)]
        command: part::Part,
    },
    /// List what was changed and is lost since PostgreSQL was restored from a backup
    Lost {
        /// Let no reply go out that may have been taken back after the backup; run it before the targets
        #[arg(long)]
        hold: bool,
    },
    /// Run some targets, named one after another
    #[command(external_subcommand)]
    Targets(Vec<String>),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    runtime::install_crypto();
    let Ok(tokio) = tokio::runtime::Builder::new_multi_thread().enable_all().build() else {
        eprintln!("okno: the system gives no threads");
        return ExitCode::FAILURE;
    };
    match tokio.block_on(run(arguments.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("okno: {error:#}");
            ExitCode::from(exit_code(&error))
        }
    }
}

fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<runtime::ConfigErrors>() {
        EXIT_CONFIG
    } else if error.is::<audit::Broken>() {
        audit::EXIT_BROKEN
    } else {
        1
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    let env = Env::from_process();
    match command {
        Command::All => targets::run(&env, &targets::ALL.map(str::to_owned)).await,
        Command::Targets(names) => {
            if let Some(unknown) = names.iter().find(|name| !targets::ALL.contains(&name.as_str())) {
                Arguments::command().print_help()?;
                anyhow::bail!("there is no target or command named {unknown}");
            }
            targets::run(&env, &names).await
        }
        Command::Migrate => chores::migrate(&env).await,
        Command::Keys => chores::keys(),
        Command::NatsConfig => chores::nats_config(&env),
        Command::SeedDemo => chores::seed_demo(&env).await,
        Command::Admin { command } => chores::admin(&env, command).await,
        Command::Dead { command } => dead::run(&env, command).await,
        Command::Audit { command } => audit::run(&env, command).await,
        Command::Part { command } => part::run(&env, command).await,
        Command::Lost { hold } => Box::pin(lost::run(&env, hold)).await,
    }
}
