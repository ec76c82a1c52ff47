//! Behaviour against a real PostgreSQL; `serve` also against NATS and Redis.

mod access_log;
mod card_rights;
mod cards;
mod client_sight;
mod clients;
mod demo;
mod duplicates;
mod feed;
mod find;
mod imports;
mod leads;
mod links;
mod log_table;
mod opening;
mod organisation;
mod personal;
mod potential;
mod quality;
mod serve;
mod sessions;
mod sign_in;
mod standing;
mod visits;
mod working;
mod world;
