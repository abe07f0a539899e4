//! Reports are renderings of a run: what each shows, and that nothing of the target acts in any.

mod console;
mod formats;
mod hostile;
mod html;
mod json;
mod junit;
mod sample;
mod xml;
