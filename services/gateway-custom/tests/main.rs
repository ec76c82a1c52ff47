mod common;
mod conformance;
mod fixtures;
mod hostile;
mod receive;
mod sample;
mod send;
