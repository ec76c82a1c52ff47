//! Lets a browser test end `okno` in the middle of everything and start it again: `POST /down` and `POST /up` on loopback.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{house::House, say};

/// A call is one short line and a few headers.
const CALL_BYTES: usize = 4096;

/// Runs the tests, which find the switch at `OKNO_E2E_POWER`.
pub async fn run(mut tests: Command, house: &mut House) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    tests.env("OKNO_E2E_POWER", format!("http://{}", listener.local_addr()?)).stdin(Stdio::null());
    let mut running = tokio::process::Command::from(tests).kill_on_drop(true).spawn().context("cannot start npm")?;
    loop {
        tokio::select! {
            status = running.wait() => match status? {
                status if status.success() => return Ok(()),
                status => bail!("the browser tests ended with {status}"),
            },
            call = listener.accept() => answer(call?.0, house).await?,
        }
    }
}

async fn answer(mut call: TcpStream, house: &mut House) -> Result<()> {
    let mut line = vec![0; CALL_BYTES];
    let read = call.read(&mut line).await?;
    let status = match String::from_utf8_lossy(&line[..read]).split_whitespace().nth(1) {
        Some("/down") => {
            say::note("a test ends okno without its drain");
            house.crash().await;
            "204 No Content"
        }
        Some("/up") => {
            house.rise().await?;
            "204 No Content"
        }
        _ => "404 Not Found",
    };
    call.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes()).await?;
    Ok(())
}
