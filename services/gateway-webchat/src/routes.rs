use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use gateway_kit::Front;
use tower_http::compression::CompressionLayer;

use crate::{
    Webchat,
    cors::preflight,
    desk::Desk,
    files::hand_out,
    page,
    socket::upgrade,
    stream::{frames, stream},
    uploads::upload,
    visits::report,
};

/// Everything below `/webchat`.
pub fn all(front: Arc<Front<Webchat>>) -> Router {
    let desk = Desk::open(front);
    let built = Router::new()
        .route("/webchat/okno.js", get(page::loader))
        .route("/webchat/{of}/okno.js", get(page::pinned_loader))
        .route("/webchat/assets/{name}", get(page::asset))
        .route("/webchat/{of}/config", get(page::config))
        .route("/webchat/{of}/frame", get(page::frame))
        .route("/webchat/{of}/page", get(page::page))
        .layer(CompressionLayer::new());
    let talk = Router::new()
        .route("/webchat/{of}/socket", get(upgrade))
        .route("/webchat/{of}/stream", post(stream).options(preflight))
        .route("/webchat/{of}/frames", post(frames).options(preflight))
        .route("/webchat/{of}/visits", post(report).options(preflight))
        .route("/webchat/{of}/uploads", post(upload).options(preflight))
        .route("/webchat/{of}/files/{link}", get(hand_out))
        // Each of them has a bound of its own.
        .layer(DefaultBodyLimit::disable());
    built.merge(talk).with_state(desk)
}
