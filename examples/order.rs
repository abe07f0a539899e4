//! Runs every scenario on the embedded tenant, and prints what each phrase needs of the steps before it and leaves.
//!
//! `order > src/steps/order.tsv`
#![allow(clippy::print_stdout)]

use probity::{steps, suite, target, tenant};
use std::path::Path;
use std::sync::Arc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let serving = tenant::serve(tenant::Options::default()).await?;
    let values = target::Values::new(serving.secrets().clone());
    let target = target::embedded(serving.origin(), &values).map_err(|error| error.render(false))?;
    // Some phrases stand in the example of own features alone.
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/own-features");
    let mut plan = suite::Plan::new(suite::Catalogue::with_own(Path::new(own), None)?, &[])?;
    let observed = Arc::new(steps::Observed::default());
    plan.intrusive = true;
    plan.observed = Some(Arc::clone(&observed));
    suite::run(plan, Arc::new(target), Arc::new(|_| ()), std::future::pending()).await?;
    print!("{}", observed.table());
    Ok(())
}
