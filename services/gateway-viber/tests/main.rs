mod common;
mod conformance;
mod fixtures;
mod hostile;
mod media;
mod receive;
mod send;
